//! Flows that cross files, classes and frameworks; routes, apps, tables and the rest.

mod common;

use common::{FRONT, facts_of, facts_with, responses, told};
use stanch_api::{AttributeClass, ParameterLocation};
use stanch_source::{AppKind, ReadOptions, SinkKind, SourceKind};

const DAO: &str = "import boto3\nclass UserDao:\n    def __init__(self, name):\n        \
                   self.table = boto3.resource('dynamodb').Table(name)\n    def find(self, id):\n        \
                   return self.table.get_item(Key={'id': id}).get('Item')\n";

#[test]
fn a_dao_in_another_file_behind_a_blueprint() {
    let routes = "from flask import Blueprint, jsonify\nfrom .dao import UserDao\n\
                  bp = Blueprint('u', __name__, url_prefix='/users')\ndao = UserDao('users')\n\
                  @bp.route('/<int:id>')\ndef one(id):\n    return jsonify(dao.find(id))\n";
    let main = "from flask import Flask\nfrom shop.routes import bp\ndef create_app():\n    app = Flask(__name__)\n    \
                app.register_blueprint(bp, url_prefix='/v1')\n    return app\n";
    let facts =
        facts_of(&[("shop/__init__.py", ""), ("shop/dao.py", DAO), ("shop/routes.py", routes), ("main.py", main)]);
    let flows = responses(&facts, &SourceKind::Item);
    assert_eq!(flows.len(), 1, "{:?}", facts.flows);
    assert_eq!((flows[0].sink.place.path.as_str(), flows[0].sink.place.line), ("shop/routes.py", 7));
    assert_eq!((flows[0].source.place.path.as_str(), flows[0].source.place.line), ("shop/dao.py", 6));
    assert_eq!(flows[0].source.table.map(|table| facts.tables[table].name.as_str()), Some("users"));
    assert_eq!(flows[0].routes, [0]);
    assert_eq!(facts.routes[0].label(), "GET /v1/<int:id>");
    assert_eq!(facts.apps[0].name, "create_app");
    assert!(facts.apps[0].factory && facts.apps[0].module == "main" && facts.apps[0].root.is_empty());
}

#[test]
fn a_wrapper_does_not_hide_the_view() {
    let program = format!(
        "{FRONT}from functools import wraps\ndef guard(f):\n    @wraps(f)\n    def inner(*args, **kwargs):\n        \
         return f(*args, **kwargs)\n    return inner\n@app.route('/u/<id>')\n@guard\ndef one(id):\n    \
         return jsonify(table.get_item(Key={{'id': id}})['Item'])\n"
    );
    let facts = facts_of(&[("app.py", &program)]);
    let flows = responses(&facts, &SourceKind::Item);
    assert_eq!(flows.iter().map(|flow| flow.sink.place.line).collect::<Vec<_>>(), [14]);
    assert_eq!((facts.routes[0].view.line, flows[0].routes.as_slice()), (13, &[0][..]));
}

#[test]
fn a_restx_model_is_a_projection() {
    let program = |fields: &str| {
        format!(
            "import boto3\nfrom flask import Flask\nfrom flask_restx import Api, Namespace, Resource, fields\n\
             app = Flask(__name__)\napi = Api(app)\nns = Namespace('users')\napi.add_namespace(ns)\n\
             table = boto3.resource('dynamodb').Table('users')\nuser = ns.model('User', {{{fields}}})\n\
             @ns.route('/<id>')\nclass One(Resource):\n    @ns.marshal_with(user)\n    def get(self, id):\n        \
             return table.get_item(Key={{'id': id}})['Item']\n"
        )
    };
    let sent = |fields| {
        let facts = facts_of(&[("app.py", &program(fields))]);
        assert_eq!(facts.routes[0].label(), "GET /users/<id>");
        responses(&facts, &SourceKind::Item).iter().map(|flow| told(&flow.attributes)).collect::<Vec<_>>()
    };
    assert_eq!(sent("'id': fields.String()"), ["id"]);
    assert_eq!(sent("'id': fields.String(), 'password': fields.String()"), ["id, password"]);
}

#[test]
fn a_response_model_is_bypassed_by_a_raw_response() {
    let program = |value: &str| {
        format!(
            "import boto3\nfrom fastapi import FastAPI\nfrom fastapi.responses import JSONResponse\n\
             from pydantic import BaseModel\napp = FastAPI()\ntable = boto3.resource('dynamodb').Table('users')\n\
             class User(BaseModel):\n    id: str\n@app.get('/u/{{id}}', response_model=User)\ndef one(id: str):\n    \
             item = table.get_item(Key={{'id': id}})['Item']\n    return {value}\n"
        )
    };
    let sent = |value| {
        let facts = facts_of(&[("app.py", &program(value))]);
        responses(&facts, &SourceKind::Item).iter().map(|flow| told(&flow.attributes)).collect::<Vec<_>>()
    };
    assert_eq!(sent("item"), ["id"]);
    assert_eq!(sent("JSONResponse(item)"), ["all"]);
}

#[test]
fn templates_say_what_is_printed() {
    let program = format!(
        "{FRONT}from flask import render_template\n@app.route('/')\ndef page():\n    \
         return render_template('page.html', users=table.scan()['Items'])\n"
    );
    let sent = |template: &str| {
        let facts = facts_of(&[("app.py", &program), ("templates/page.html", template)]);
        responses(&facts, &SourceKind::Item).iter().map(|flow| told(&flow.attributes)).collect::<Vec<_>>()
    };
    assert_eq!(sent("{% for u in users %}<p>{{ u.name }} {{ u['age'] }}</p>{% endfor %}"), ["age, name"]);
    assert_eq!(sent("{% for u in users %}<p>{{ u }}</p>{% endfor %}"), ["all"]);
    assert_eq!(sent("{{ users | tojson }}"), ["all"]);
    assert_eq!(sent("{% if users %}{{ users | length }}{% endif %}"), Vec::<String>::new());
}

#[test]
fn errors_and_their_traps() {
    let program = |handler: &str| {
        format!(
            "{FRONT}import traceback\n@app.route('/')\ndef one():\n    try:\n        table.scan()\n    \
             except Exception as e:\n        {handler}\n"
        )
    };
    let sent = |handler| {
        let facts = facts_of(&[("app.py", &program(handler))]);
        responses(&facts, &SourceKind::Exception).len() + responses(&facts, &SourceKind::Traceback).len()
    };
    for leaking in [
        "return jsonify(error=str(e)), 500",
        "return jsonify(e.response), 500",
        "return f'failed: {e}'",
        "return jsonify(t=traceback.format_exc())",
    ] {
        assert_eq!(sent(leaking), 1, "{leaking}");
    }
    for harmless in [
        "return jsonify(error='failed'), 500",
        "return jsonify(traceback.print_exc())",
        "return jsonify(type(e).__name__)",
        "return jsonify(e.response['Error']['Code'])",
    ] {
        assert_eq!(sent(harmless), 0, "{harmless}");
    }
}

#[test]
fn the_environment_is_no_json_until_it_is_a_dictionary() {
    let sent = |value: &str| {
        let program = format!("{FRONT}import os\n@app.route('/')\ndef one():\n    return jsonify({value})\n");
        let facts = facts_of(&[("app.py", &program)]);
        facts.flows.iter().filter(|flow| matches!(flow.source.kind, SourceKind::Environment { .. })).count()
    };
    assert_eq!(sent("os.environ"), 0);
    assert_eq!(sent("dict(os.environ)"), 1);
    assert_eq!(sent("os.environ['HOME']"), 1);
}

#[test]
fn the_first_rule_of_a_shape_answers() {
    let program = format!(
        "{FRONT}@app.route('/u/<id>')\ndef first(id):\n    return 'ok'\n@app.route('/u/<name>')\ndef second(name):\n    \
         return jsonify(table.get_item(Key={{'id': name}})['Item'])\n"
    );
    let facts = facts_of(&[("app.py", &program)]);
    assert_eq!(facts.routes.iter().map(|route| route.view_name.as_str()).collect::<Vec<_>>(), ["first"]);
    assert!(responses(&facts, &SourceKind::Item).is_empty());
}

#[test]
fn attributes_are_learnt_from_writes_and_use() {
    let program = format!(
        "{FRONT}import secrets, uuid\n@app.route('/', methods=['POST'])\ndef add():\n    body = request.get_json()\n    \
         item = {{'id': str(uuid.uuid4()), 'code': secrets.token_hex(8)}}\n    item['nick'] = body['nick']\n    \
         table.put_item(Item=item)\n    return 'ok'\n@app.route('/login', methods=['POST'])\ndef login():\n    \
         row = table.get_item(Key={{'id': request.form['id']}})['Item']\n    \
         return jsonify(ok=row['phrase'] == request.form['password'])\n"
    );
    let facts = facts_of(&[("app.py", &program)]);
    let users = &facts.tables[0];
    assert_eq!(users.key.as_ref().map(|key| key.partition.as_str()), Some("id"));
    let class = |name: &str| users.attributes.get(name).map(|attribute| attribute.class);
    assert_eq!(class("code"), Some(AttributeClass::Secret));
    assert_eq!(class("id"), Some(AttributeClass::Ordinary));
    assert_eq!(class("phrase"), Some(AttributeClass::Secret));
    assert_eq!(class("nick"), Some(AttributeClass::Ordinary));
    let add = facts.routes.iter().find(|route| route.view_name == "add");
    let json = |p: &stanch_api::Parameter| p.location == ParameterLocation::Json && p.name == "nick";
    assert!(add.is_some_and(|route| route.parameters.iter().any(json)));
}

#[test]
fn logs_take_the_request_and_the_item() {
    let program = format!(
        "{FRONT}import logging\nlog = logging.getLogger(__name__)\n@app.route('/<id>')\ndef one(id):\n    \
         log.info('headers %s', request.headers)\n    print(table.scan()['Items'])\n    return 'ok'\n"
    );
    let facts = facts_of(&[("app.py", &program)]);
    let logged: Vec<_> = facts.flows.iter().filter(|flow| flow.sink.kind == SinkKind::Log).collect();
    assert_eq!(logged.len(), 2, "{logged:?}");
    assert!(logged.iter().all(|flow| flow.routes == [0]));
}

#[test]
fn a_lambda_handler_answers_with_its_body() {
    let program = "import boto3, json\ntable = boto3.resource('dynamodb').Table('t')\n\
                   def lambda_handler(event, context):\n    items = table.scan()['Items']\n    \
                   return {'statusCode': 200, 'body': json.dumps(items)}\n";
    let facts = facts_of(&[("handler.py", program)]);
    assert_eq!(responses(&facts, &SourceKind::Item).len(), 1);
    assert_eq!(facts.apps[0].kind, AppKind::LambdaHandler);
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_goes_on() {
    let good = format!("{FRONT}@app.route('/')\ndef one():\n    return jsonify(table.scan()['Items'])\n");
    let facts = facts_of(&[
        ("app.py", &good),
        ("old.py", "print 'python 2'\nx = 1\n"),
        ("deep.py", &"(".repeat(5000)),
        ("venv/lib/site-packages/other.py", "import nothing\n"),
        ("env2/pyvenv.cfg", ""),
        ("env2/more.py", "x = 1\n"),
    ]);
    assert_eq!(facts.files, 2);
    let paths: Vec<&str> = facts.unreadable.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["deep.py", "old.py"]);
    assert_eq!(facts.unreadable[1].line, Some(1));
    assert_eq!(responses(&facts, &SourceKind::Item).len(), 1);
}

#[test]
fn threads_do_not_change_the_facts() {
    let file = format!("{FRONT}@app.route('/')\ndef one():\n    return jsonify(table.scan()['Items'])\n");
    let files: Vec<(String, &str)> = (0..20).map(|n| (format!("app{n}.py"), file.as_str())).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    let with = |threads| facts_with(&files, ReadOptions { threads: Some(threads), ..ReadOptions::default() });
    assert_eq!(format!("{:?}", with(1)), format!("{:?}", with(3)));
}

#[test]
fn key_conditions_name_the_key() {
    let program = format!(
        "{FRONT}from boto3.dynamodb.conditions import Key\n@app.route('/<id>')\ndef one(id):\n    \
         return jsonify(table.query(KeyConditionExpression=Key('owner').eq(id) & Key('at').begins_with('2'))['Count'])\n"
    );
    let facts = facts_of(&[("app.py", &program)]);
    let key = facts.tables[0].key.as_ref().map(|key| (key.partition.as_str(), key.sort.as_deref()));
    assert_eq!(key, Some(("owner", Some("at"))));
    assert!(facts.flows.iter().any(|flow| flow.sink.kind == SinkKind::Key));
}
