from __future__ import annotations

import copy
import json
import pickle

from flask import Flask, jsonify, request
from werkzeug.datastructures import Headers, ImmutableMultiDict


def ask(told, imports, within_probe, view, **options):
    app = Flask("shop")
    with app.test_request_context("/x?q=1&q=2", method="POST", **options):
        value = view()
    return value, {
        (event["location"], event["name"]) for event in told.of("parameter") if event["probe"] == within_probe
    }


def test_each_part_of_a_request_tells_what_it_was_asked_for(told, imports, within_probe):
    def view():
        assert request.args.getlist("q") == ["1", "2"]
        assert request.headers.get("X-Api-Key") == "k"
        assert "sid" in request.cookies
        assert request.authorization is None
        return request.values.get("r")

    headers = {"X-Api-Key": "k", "Cookie": "sid=1"}
    value, asked = ask(told, imports, within_probe, view, data={"r": "2"}, headers=headers)
    assert value == "2"
    assert {("query", "q"), ("header", "X-Api-Key"), ("cookie", "sid"), ("form", "r")} <= asked
    assert ("header", "Authorization") in asked
    assert ("header", "Content-Type") not in asked


def test_objects_behave_as_those_they_stand_for(told, imports, within_probe):
    def view():
        body = request.get_json()
        assert isinstance(body, dict) and body == {"a": {"b": 1}} and repr(body) == "{'a': {'b': 1}}"
        assert json.loads(json.dumps(body)) == {**body} == dict(body) == copy.deepcopy(body)
        assert isinstance(request.args, ImmutableMultiDict) and type(request.args).__name__ == "ImmutableMultiDict"
        assert isinstance(request.headers, Headers)
        assert request.args.to_dict(flat=False) == {"q": ["1", "2"]}
        assert pickle.loads(pickle.dumps(dict(request.args))) == {"q": "1"}
        assert jsonify(body).get_json() == {"a": {"b": 1}}
        body["c"] = 2
        assert request.get_json() is body and request.json["c"] == 2
        return body.get("colour")

    value, asked = ask(told, imports, within_probe, view, json={"a": {"b": 1}})
    assert value is None
    assert ("json", "colour") in asked


def test_bodies_that_are_no_objects_stay_what_they_are(told, imports, within_probe):
    value, _ = ask(told, imports, within_probe, lambda: request.get_json(), json=[1, 2])
    assert type(value) is list
