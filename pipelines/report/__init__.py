"""The report of the loop: `report.json` (a stable contract), a page, a table, a picture."""
