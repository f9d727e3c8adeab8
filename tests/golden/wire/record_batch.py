"""Record batches made by kafka-python, for record_batch_test.ts.

python -m venv venv && venv/bin/pip install kafka-python==3.0.12
venv/bin/python tests/golden/wire/record_batch.py > tests/golden/wire/record_batch.json
"""

import json

import kafka
from kafka.record.default_records import DefaultRecordBatchBuilder

CASES = {
    "one record": ({}, [(1700000000000, b"key", b"value", [])]),
    "nulls and empties": ({}, [(0, None, None, []), (1, b"", b"", []), (2, None, b"x", [])]),
    "headers": ({}, [(1700000000000, b"k", b"v", [("a", b"1"), ("b", None), ("\u00e4\u20ac", b"")])]),
    "timestamps that go back": ({}, [(1700000000123, None, b"1", []), (1699999999000, None, b"2", []), (1700000009999, None, b"3", [])]),
    "idempotent producer": ({"producer_id": 4000000123, "producer_epoch": 7, "base_sequence": 2147483646}, [(5, b"a", b"b", []), (6, b"c", b"d", [])]),
    "many records": ({}, [(1700000000000 + 37 * i, b"%d" % i, b"v" * (i % 200), []) for i in range(150)]),
    "gzip": ({"compression_type": 1}, [(1700000000000, b"k", b"value " * 40, [])]),
}


def build(options, records):
    builder = DefaultRecordBatchBuilder(**{
        "magic": 2, "compression_type": 0, "is_transactional": False, "producer_id": -1,
        "producer_epoch": -1, "base_sequence": -1, "batch_size": 1 << 20, **options,
    })
    for offset, (timestamp, key, value, headers) in enumerate(records):
        assert builder.append(offset, timestamp=timestamp, key=key, value=value, headers=headers) is not None
    return bytes(builder.build())


def hexed(value):
    return None if value is None else value.hex()


print(json.dumps({
    "tool": f"kafka-python {kafka.__version__}, kafka.record.default_records.DefaultRecordBatchBuilder",
    "command": "venv/bin/python tests/golden/wire/record_batch.py > tests/golden/wire/record_batch.json",
    "cases": [{
        "name": name,
        "producerId": options.get("producer_id", -1),
        "producerEpoch": options.get("producer_epoch", -1),
        "baseSequence": options.get("base_sequence", -1),
        "compression": options.get("compression_type", 0),
        "records": [{
            "timestampMs": timestamp, "key": hexed(key), "value": hexed(value),
            "headers": [{"key": name, "value": hexed(value)} for name, value in headers],
        } for timestamp, key, value, headers in records],
        "batch": build(options, records).hex(),
    } for name, (options, records) in CASES.items()],
}))
