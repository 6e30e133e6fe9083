//! Items that come by way of models, schemas, injected services and receivers whose making is not seen.

mod common;

use common::{FRONT, facts_of, responses, told};
use stanch_source::{SinkKind, SourceKind};

/// The attributes of each item that leaves, in the order of the views of one file.
fn sent(program: &str) -> Vec<String> {
    let facts = facts_of(&[("app.py", program)]);
    let mut flows = responses(&facts, &SourceKind::Item);
    flows.sort_by_key(|flow| flow.sink.place.line);
    flows.iter().map(|flow| told(&flow.attributes)).collect()
}

const PYNAMODB: &str = "from flask import Flask, jsonify\nfrom pynamodb.models import Model\n\
    from pynamodb.attributes import UnicodeAttribute\nfrom pynamodb.indexes import GlobalSecondaryIndex\n\
    app = Flask(__name__)\nclass ByEmail(GlobalSecondaryIndex):\n    email = UnicodeAttribute(hash_key=True)\n\
    class Base(Model):\n    def safe(self):\n        if hasattr(self.Meta, 'shown'):\n            \
    return {k: v for k, v in self.serialize().items() if k in self.Meta.shown}\n        return self.serialize()\n    \
    def to_dict(self):\n        return {'id': self.id, 'name': self.name}\nclass User(Base):\n    class Meta:\n        \
    table_name = 'users'\n        shown = ['id', 'name']\n    by_email = ByEmail()\n    \
    id = UnicodeAttribute(hash_key=True)\n    email = UnicodeAttribute()\n    name = UnicodeAttribute()\n    \
    password = UnicodeAttribute()\n";

#[test]
fn a_model_of_pynamodb_is_an_item() {
    for (body, attributes) in [
        ("return jsonify(User.get(id).attribute_values)", &["all"][..]),
        ("return jsonify([u.password for u in User.scan()])", &["password"]),
        ("return User.get(id).safe()", &["id, name"]),
        ("return User.get(id).to_dict()", &["id", "name"]),
        ("return next(User.by_email.query(id)).email", &["email"]),
        ("return {'n': User.count()}", &[]),
    ] {
        let program = format!("{PYNAMODB}@app.route('/u/<id>')\ndef one(id):\n    {body}\n");
        let facts = facts_of(&[("app.py", &program)]);
        let mut found: Vec<String> = responses(&facts, &SourceKind::Item)
            .iter()
            .flat_map(|flow| match body.contains("to_dict") {
                true => told(&flow.attributes).split(", ").map(str::to_owned).collect(),
                false => vec![told(&flow.attributes)],
            })
            .collect();
        found.sort();
        assert_eq!(found, attributes, "{body}");
    }
    let facts =
        facts_of(&[("app.py", &format!("{PYNAMODB}@app.route('/u')\ndef all():\n    return list(User.scan())\n"))]);
    let users = facts.tables.iter().find(|table| table.name == "users").map(|table| &table.attributes);
    assert!(users.is_some_and(|attributes| attributes.contains_key("password") && attributes.contains_key("email")));
}

#[test]
fn a_saved_model_is_a_write() {
    let program = format!(
        "{PYNAMODB}from flask import request\n@app.route('/u', methods=['POST'])\ndef make():\n    \
         user = User(id='1', password=request.json['password'])\n    user.save()\n    return 'made'\n"
    );
    let facts = facts_of(&[("app.py", &program)]);
    let stored = facts.flows.iter().find(|flow| flow.sink.kind == SinkKind::Attribute("password".to_owned()));
    assert!(stored.is_some_and(|flow| matches!(flow.source.kind, SourceKind::Request { .. })), "{:?}", facts.flows);
}

#[test]
fn a_resource_that_is_entered_or_yielded() {
    let entered = "import aioboto3\nfrom contextlib import asynccontextmanager\nfrom fastapi import FastAPI\n\
        app = FastAPI()\nsession = aioboto3.Session()\n@asynccontextmanager\nasync def users():\n    \
        async with session.resource('dynamodb') as db:\n        yield await db.Table('users')\n@app.get('/u/{id}')\n\
        async def one(id: str):\n    async with users() as table:\n        \
        return (await table.get_item(Key={'id': id}))['Item']\n";
    assert_eq!(sent(entered), ["all"]);
    let yielded = "import boto3\nfrom fastapi import FastAPI, Depends\napp = FastAPI()\ndef users():\n    \
        yield boto3.resource('dynamodb').Table('users')\n@app.get('/u/{id}')\n\
        def one(id: str, table=Depends(users)):\n    return table.get_item(Key={'id': id})['Item']\n";
    assert_eq!(sent(yielded), ["all"]);
}

#[test]
fn an_injected_service_has_its_table() {
    let program = "import boto3\nfrom dependency_injector import containers, providers\n\
        from dependency_injector.wiring import Provide, inject\nfrom fastapi import FastAPI, Depends\nclass Users:\n    \
        def __init__(self, table):\n        self.table = table\n    def find(self, id):\n        \
        return self.table.get_item(Key={'id': id})['Item']\nclass Container(containers.DeclarativeContainer):\n    \
        db = providers.Singleton(boto3.resource, service_name='dynamodb')\n    \
        table = providers.Factory(lambda db, name: db.Table(name), db=db, name='users')\n    \
        users = providers.Factory(Users, table=table)\napp = FastAPI()\n@app.get('/u/{id}')\n@inject\n\
        def one(id: str, users=Depends(Provide[Container.users])):\n    return users.find(id)\n";
    assert_eq!(sent(program), ["all"]);
}

#[test]
fn a_receiver_is_told_by_what_it_is_asked() {
    for (body, attributes) in [
        ("return current_app.db['users'].get_item(Key={'id': id})['Item']", &["all"][..]),
        ("return jsonify(current_app.db.Table('users').scan()['Items'])", &["all"]),
        ("return current_app.user_table.scan()", &["all"]),
        ("return scanner.scan()", &[]),
        ("return cart.get_item(id)", &[]),
        ("return db.query('select 1')", &[]),
    ] {
        let program = format!(
            "from flask import Flask, current_app, jsonify\napp = Flask(__name__)\n@app.route('/u/<id>')\n\
             def one(id, scanner=None, cart=None, db=None):\n    {body}\n"
        );
        assert_eq!(sent(&program), attributes, "{body}");
    }
}

#[test]
fn an_extension_is_given_its_app() {
    let program = "from flask import Flask\nclass Viewer:\n    def init_app(self, app: Flask):\n        \
        db = app.config['DB']\n        def rows(name):\n            return {'rows': db.Table(name).scan()['Items']}\n        \
        app.add_url_rule('/rows/<name>', view_func=rows)\n";
    let facts = facts_of(&[("viewer.py", program)]);
    assert_eq!(facts.routes.iter().map(stanch_api::Route::label).collect::<Vec<_>>(), ["GET /rows/<name>"]);
    assert_eq!(responses(&facts, &SourceKind::Item).len(), 1);
}

#[test]
fn a_model_inside_a_model_projects_too() {
    let restx = |inner: &str| {
        format!(
            "import boto3\nfrom flask import Flask\nfrom flask_restx import Api, Resource, fields\napp = Flask(__name__)\n\
             api = Api(app)\ntable = boto3.resource('dynamodb').Table('users')\n\
             user = api.model('User', {{{inner}}})\n\
             page = api.model('Page', {{'users': fields.Nested(user, as_list=True), 'n': fields.Integer}})\n\
             @api.route('/users')\nclass Users(Resource):\n    @api.marshal_with(page)\n    def get(self):\n        \
             found = table.scan()['Items']\n        return {{'users': found, 'n': len(found)}}\n"
        )
    };
    assert_eq!(sent(&restx("'name': fields.String")), ["name"]);
    assert_eq!(sent(&restx("'name': fields.String, 'password': fields.String")), ["name, password"]);
    let pydantic = "import boto3\nfrom fastapi import FastAPI\nfrom pydantic import BaseModel\napp = FastAPI()\n\
        table = boto3.resource('dynamodb').Table('users')\nclass User(BaseModel):\n    name: str\n\
        class Page(BaseModel):\n    users: list[User]\n@app.get('/users', response_model=Page)\ndef users():\n    \
        return {'users': table.scan()['Items']}\n";
    assert_eq!(sent(pydantic), ["name"]);
}

#[test]
fn ways_into_and_out_of_a_schema() {
    let front = format!(
        "{FRONT}from pydantic import BaseModel\nfrom marshmallow import Schema, fields\nclass User(BaseModel):\n    \
         name: str\n    email: str\nclass UserSchema(Schema):\n    name = fields.String()\n"
    );
    for (returned, attributes) in [
        ("User.model_validate(item).model_dump()", "email, name"),
        ("User.parse_obj(item).dict(exclude={'email'})", "name"),
        ("User(**item).model_dump(include={'email'})", "email"),
        ("UserSchema().dump(item)", "name"),
    ] {
        let program = format!(
            "{front}@app.route('/u/<id>')\ndef one(id):\n    item = table.get_item(Key={{'id': id}})['Item']\n    \
             return {returned}\n"
        );
        assert_eq!(sent(&program), [attributes], "{returned}");
    }
}

#[test]
fn an_item_that_is_put_back_stays_what_was_read() {
    let program = format!(
        "{FRONT}@app.route('/u/<id>', methods=['PUT'])\ndef change(id):\n    \
         item = table.get_item(Key={{'id': id}})['Item']\n    item['name'] = 'x'\n    table.put_item(Item=item)\n    \
         return item\n"
    );
    let facts = facts_of(&[("app.py", &program)]);
    assert_eq!(responses(&facts, &SourceKind::Item).len(), 1);
    assert!(responses(&facts, &SourceKind::WrittenItem).is_empty(), "{:?}", facts.flows);
}

#[test]
fn a_projection_that_is_not_seen() {
    for (projection, attributes) in
        [("', '.join(load())", &[][..]), ("request.args['fields']", &["all"]), ("'name'", &["name"])]
    {
        let program = format!(
            "{FRONT}from settings import load\n@app.route('/u')\ndef all():\n    \
             return jsonify(table.scan(ProjectionExpression={projection})['Items'])\n"
        );
        let found: Vec<String> = sent(&program).into_iter().filter(|set| !set.is_empty()).collect();
        assert_eq!(found, attributes, "{projection}");
    }
}

#[test]
fn text_has_no_members() {
    let program = format!(
        "{FRONT}def ask(id):\n    try:\n        return table.get_item(Key={{'id': id}}, ProjectionExpression='name')\n    \
         except Exception as e:\n        return 'Client error: {{}}'.format(e)\n@app.route('/u/<id>')\ndef one(id):\n    \
         answer = ask(id)\n    return answer['Item']\n@app.route('/v/<id>')\ndef two(id):\n    return ask(id)\n"
    );
    let facts = facts_of(&[("app.py", &program)]);
    let lines: Vec<u32> = responses(&facts, &SourceKind::Exception).iter().map(|flow| flow.sink.place.line).collect();
    assert_eq!(lines, [16]);
}

#[test]
fn a_page_of_another_template_language_is_no_problem_unless_it_is_rendered() {
    let angular = "<p>{{ total | currency:'EUR' }}</p>";
    let app = "from flask import Flask, render_template\napp = Flask(__name__)\n@app.route('/')\ndef home():\n    \
               return render_template('home.html')\n";
    let facts = facts_of(&[("app.py", app), ("web/cart.html", angular), ("templates/home.html", "{{ x }}")]);
    assert!(facts.unreadable.is_empty(), "{:?}", facts.unreadable);
    let facts = facts_of(&[("app.py", app), ("templates/home.html", angular)]);
    assert_eq!(facts.unreadable.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["templates/home.html"]);
}
