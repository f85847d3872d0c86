"""Result files of runs that never were, as `skim bench --json` would write them (schema 2)."""

import json


def timing(us, spread=0.001):
    return {
        "median_us": us,
        "fastest_us": us * 0.99,
        "spread": spread,
        "samples": 25,
        "calls_per_sample": 8,
    }


def path(name, us=None, status="ok", message="", labels=(), own_kernel=False, spread=0.001, **more):
    made = {
        "name": name,
        "version": "1.0",
        "own_kernel": own_kernel,
        "labels": list(labels),
        "status": status,
        "wrong_on": [],
    }
    made |= {"timing": timing(us, spread)} if status == "ok" else {"message": message}
    return made | more


def case(rows=1, cols=50304, k=50, dtype="float16", floor_us=1.0, paths=(), **more):
    return {
        "rows": rows,
        "cols": cols,
        "k": k,
        "dtype": dtype,
        "input": "normal",
        "bytes": 2 * rows * cols,
        "device": "cuda",
        "threads": 1,
        "mode": "rotate8",
        "inputs": 8,
        "distinct_inputs": 8,
        "published": None,
        "remark": "",
        "baseline": "PyTorch",
        "floor": timing(floor_us) | {"variant": "made up"},
        "paths": list(paths),
    } | more


def result(cases, schema=2, commit="c0ffee"):
    gpu = {
        "name": "NVIDIA H100",
        "driver": "580.0",
        "cuda": "13.0",
        "runtime": "13.0",
        "multiprocessors": 132,
        "l2_bytes": 52428800,
    }
    environment = {
        "cpu": "a CPU",
        "simd": "AVX2",
        "device_threads": 2,
        "l2_bytes": 1048576,
        "gpu": gpu,
        "libraries": {"skim": "0.1.0"},
        "commit": commit,
        "command": "skim bench --json x.json",
        "date": "2026-11-23T01:02:03Z",
    }
    return {"schema_version": schema, "environment": environment, "cases": cases}


def write(file, made):
    file.write_text(json.dumps(made))
    return file
