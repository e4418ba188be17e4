"""JSON Schemas of all events, kept in `streaming/schema/json/` for those who do not speak Python.

    python -m streaming.schema.registry

writes them from the models. A schema describes an event as a whole: on the wire `event_id` travels as the
CloudEvents attribute `ce_id`, and all else is the JSON body.
"""

import json
from pathlib import Path

from streaming.schema.events import EVENT_MODELS, Event

FOLDER = Path(__file__).with_name("json")


def schema_of(model: type[Event]) -> dict[str, object]:
    """The JSON Schema (draft 2020-12) of one event type."""
    schema = model.model_json_schema(mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": model.type, **schema}


def schema_text(model: type[Event]) -> str:
    """The JSON text of a type's schema, as `write_schemas` writes it; reads no file."""
    return json.dumps(schema_of(model), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def schema_path(event_type: str, folder: Path = FOLDER) -> Path:
    """The path of a type's schema."""
    return folder / f"{event_type}.json"


def write_schemas(folder: Path = FOLDER) -> list[Path]:
    """Write the schema of every event type and remove those of types that are no more; return the files."""
    paths = {schema_path(name, folder): schema_text(model) for name, model in EVENT_MODELS.items()}
    for left_over in set(folder.glob("*.json")) - paths.keys():
        left_over.unlink()
    for path, text in paths.items():
        path.write_text(text)
    return list(paths)


if __name__ == "__main__":
    for written in write_schemas():
        print(written)
