#!/usr/bin/env bash
# A session with the serving app (docs/serving.md): a newcomer's slate, a like, another slate. `cineloop serve` must run.
# Usage: docs/session.sh [HOST:PORT [VIEWER [FILM]]]
set -euo pipefail
app=${1:-127.0.0.1:8800} viewer=${2:-otto} film=${3:-ml-1197}

slate() {
    curl -fsS "$app/v1/viewers/$viewer/slate?n=4" | python3 -c '
import json, sys
for film in json.load(sys.stdin)["films"]:
    print("  {position} {title:<52} {reason}".format(**film))'
}

slate
event="{\"occurred_at\":$(date +%s000),\"viewer_id\":\"$viewer\",\"film_id\":\"$film\"}"
curl -fsS "$app/v1/events" -H 'Content-Type: application/json' \
    -d "[{\"id\":\"session-$(date +%s)\",\"source\":\"session\",\"type\":\"viewing.like\",\"data\":$event}]"
echo
sleep 1
slate
