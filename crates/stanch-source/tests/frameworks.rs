//! How the frameworks hand a request over, and what of an error they send on their own.

mod common;

use common::{FRONT, facts_of, responses, told};
use stanch_source::{Flow, SinkKind, SourceFacts, SourceKind};

const FASTAPI: &str = "import boto3\nfrom typing import Annotated, Dict\nfrom fastapi import Body, Cookie, Depends, \
    FastAPI, Form, Header, Request\nfrom pydantic import BaseModel\napp = FastAPI()\n\
    table = boto3.resource('dynamodb').Table('users')\nclass Login(BaseModel):\n    name: str\n    password: str\n";

/// Parts of the request that are printed: `location name`, sorted.
fn printed(facts: &SourceFacts) -> Vec<String> {
    let logged = facts.flows.iter().filter(|flow| flow.sink.kind == SinkKind::Log);
    let mut parts: Vec<String> = logged
        .filter_map(|flow| match &flow.source.kind {
            SourceKind::Request { location, name } => Some(format!(
                "{} {}",
                location.map_or_else(|| "-".to_owned(), |location| format!("{location:?}")),
                name.as_deref().unwrap_or("-")
            )),
            _ => None,
        })
        .collect();
    parts.sort();
    parts.dedup();
    parts
}

#[test]
fn each_parameter_of_fastapi_has_its_place() {
    for (head, body, parts) in [
        ("def f(token: str)", "print(token)", &["Query token"][..]),
        ("def f(token: str = Form(...))", "print(token)", &["Form token"]),
        ("def f(token: Annotated[str, Form()])", "print(token)", &["Form token"]),
        ("def f(x_api_key: Annotated[str, Header()])", "print(x_api_key)", &["Header x-api-key"]),
        ("def f(x_api_key: str | None = Header(None))", "print(x_api_key)", &["Header x-api-key"]),
        ("def f(token: str = Cookie(None))", "print(token)", &["Cookie token"]),
        ("def f(login: Login)", "print(login.password)", &["Json password"]),
        ("def f(login: Login | None = None)", "print(login.password)", &["Json password"]),
        ("def f(data: dict)", "print(data['token'])", &["Json token"]),
        ("def f(data: Dict[str, str])", "print(data['token'])", &["Json token"]),
        ("def f(limit: int = 10)", "print(limit)", &["Query limit"]),
        ("def f(request: Request)", "print(request.cookies.get('token'))", &["Cookie token"]),
        ("async def f(request: Request)", "print((await request.json())['token'])", &["Json token"]),
        ("def f(request: Request)", "print(request.headers['x-api-key'])", &["Header x-api-key"]),
        ("def f(token: str)", "import jwt\n    print(jwt.get_unverified_header(token))", &[]),
    ] {
        let facts = facts_of(&[("app.py", &format!("{FASTAPI}@app.post('/f')\n{head}:\n    {body}\n    return 1\n"))]);
        assert_eq!(printed(&facts), parts, "{head}");
    }
}

#[test]
fn a_dependency_takes_its_parameters_from_the_request() {
    let given = "def key(x_api_key: str = Header(...)):\n    print(x_api_key)\n    return x_api_key\n\
        @app.get('/f')\ndef f(key: str = Depends(key)):\n    return 1\n";
    assert_eq!(printed(&facts_of(&[("app.py", &format!("{FASTAPI}{given}"))])), ["Header x-api-key"]);
    let service = "class Users:\n    def __init__(self):\n        self.table = table\n    def one(self, id):\n        \
        return self.table.get_item(Key={'id': id})['Item']\n@app.get('/u/{id}')\n\
        def f(id: str, users: Users = Depends()):\n    return users.one(id)\n";
    let facts = facts_of(&[("app.py", &format!("{FASTAPI}{service}"))]);
    assert_eq!(attributes(&facts), ["all"]);
}

#[test]
fn a_response_object_beside_a_model_does_not_lift_the_model() {
    let program = "from fastapi.responses import JSONResponse\nclass Shown(BaseModel):\n    id: str\n\
        @app.get('/u/{id}', response_model=Shown)\ndef f(id: str):\n    \
        item = table.get_item(Key={'id': id}).get('Item')\n    if not item:\n        \
        return JSONResponse({'id': id}, 404)\n    return item\n";
    assert_eq!(attributes(&facts_of(&[("app.py", &format!("{FASTAPI}{program}"))])), ["id"]);
}

/// Attributes of each item that leaves.
fn attributes(facts: &SourceFacts) -> Vec<String> {
    responses(facts, &SourceKind::Item).iter().map(|flow| told(&flow.attributes)).collect()
}

#[test]
fn the_fields_of_a_form_come_from_the_client() {
    let program = "import boto3\nfrom flask import Flask\nfrom flask_wtf import FlaskForm\nfrom wtforms import \
        PasswordField, StringField\napp = Flask(__name__)\ntable = boto3.resource('dynamodb').Table('users')\n\
        class Join(FlaskForm):\n    name = StringField('Name')\n    password = PasswordField('Password')\n\
        @app.route('/join', methods=['POST'])\ndef join():\n    form = Join()\n    if form.validate_on_submit():\n        \
        table.put_item(Item={'name': form.name.data, 'password': form.password.data})\n    return 'ok'\n";
    let facts = facts_of(&[("app.py", program)]);
    let stored = facts.flows.iter().find(|flow| flow.sink.kind == SinkKind::Attribute("password".to_owned()));
    let sent =
        |flow: &Flow| matches!(&flow.source.kind, SourceKind::Request { name: Some(name), .. } if name == "password");
    assert!(stored.is_some_and(sent), "{:?}", facts.flows);
    let parameters: Vec<&str> =
        facts.routes.iter().flat_map(|route| &route.parameters).map(|parameter| parameter.name.as_str()).collect();
    assert_eq!(parameters, ["name", "password"]);
}

#[test]
fn errors_whose_text_is_sent() {
    let errors = |program: &str| {
        let facts = facts_of(&[("app.py", program)]);
        responses(&facts, &SourceKind::Exception).len()
    };
    let caught = |front: &str, route: &str, deed: &str| {
        format!(
            "import boto3\n{front}\ntable = boto3.resource('dynamodb').Table('users')\n{route}\ndef f():\n    try:\n        \
             table.scan()\n    except Exception as e:\n        {deed}\n    return {{}}\n"
        )
    };
    let chalice = "from chalice import Chalice, BadRequestError\napp = Chalice(app_name='x')";
    assert_eq!(errors(&caught(chalice, "@app.route('/f')", "raise BadRequestError(e)")), 1);
    assert_eq!(errors(&caught(chalice, "@app.route('/f')", "raise BadRequestError('bad')")), 0);
    let tools = "from aws_lambda_powertools.event_handler import APIGatewayRestResolver\n\
        from aws_lambda_powertools.event_handler.exceptions import InternalServerError\napp = APIGatewayRestResolver()";
    assert_eq!(errors(&caught(tools, "@app.get('/f')", "raise InternalServerError(str(e))")), 1);
    let flask = "from flask import Flask\nfrom werkzeug.exceptions import InternalServerError\napp = Flask(__name__)";
    assert_eq!(errors(&caught(flask, "@app.get('/f')", "raise InternalServerError(str(e))")), 1);
    let restx = "from flask import Flask\nfrom flask_restx import Api\napp = Flask(__name__)\napi = Api(app)";
    assert_eq!(errors(&caught(restx, "@app.get('/f')", "api.abort(500, str(e))")), 1);
}

#[test]
fn routers_of_powertools() {
    let program = "import boto3\nfrom aws_lambda_powertools.event_handler import APIGatewayHttpResolver\n\
        from aws_lambda_powertools.event_handler.api_gateway import Router\napp = APIGatewayHttpResolver()\n\
        router = Router()\ntable = boto3.resource('dynamodb').Table('users')\n@router.get('/<id>')\ndef one(id):\n    \
        return table.get_item(Key={'id': id})['Item']\n@app.post('/new')\ndef new():\n    \
        print(app.current_event.json_body['password'])\n    return {}\napp.include_router(router, prefix='/users')\n\
        def handler(event, context):\n    return app.resolve(event, context)\n";
    let facts = facts_of(&[("app.py", program)]);
    assert_eq!(attributes(&facts), ["all"]);
    assert_eq!(printed(&facts), ["Json password"]);
    let rules: Vec<&str> = facts.routes.iter().map(|route| route.rule.as_str()).collect();
    assert_eq!(rules, ["/users/<id>", "/new"]);
}

#[test]
fn a_handler_that_a_script_tries_out_is_one_all_the_same() {
    let handler = "import json, boto3\ntable = boto3.resource('dynamodb').Table('users')\nclass Reply:\n    \
        def __init__(self, body):\n        self.body = json.dumps(body)\n    def __dict__(self):\n        \
        return {'statusCode': 200, 'body': self.body}\ndef handle(event, context):\n    \
        return Reply(table.scan()['Items']).__dict__()\n";
    let script = "from handler import handle\nprint(handle({}, None))\n";
    let test = "from handler import handle\ndef test_it():\n    assert handle({}, None)\n";
    let facts = facts_of(&[("handler.py", handler), ("run_local.py", script), ("tests/test_handler.py", test)]);
    assert_eq!(attributes(&facts), ["all"]);
    // One that another handler calls answers that one.
    let front = "from handler import handle\ndef main(event, context):\n    return {'statusCode': 204, 'body': ''} \
        if handle(event, context) else {}\n";
    let facts = facts_of(&[("handler.py", handler), ("front.py", front)]);
    assert!(attributes(&facts).is_empty(), "{:?}", facts.flows);
}

#[test]
fn a_token_made_for_a_user_is_not_the_user() {
    let program = format!(
        "{FRONT}from flask_jwt_extended import create_access_token\nfrom somewhere import strategy\n\
         @app.route('/login')\ndef login():\n    user = table.get_item(Key={{'id': '1'}})['Item']\n    \
         return jsonify(a=create_access_token(identity=user['id']), b=strategy.write_token(user))\n"
    );
    assert!(attributes(&facts_of(&[("app.py", &program)])).is_empty());
}
