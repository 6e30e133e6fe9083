//! What of an item reaches a response.

mod common;

use common::{FRONT, facts_of, responses, told};
use stanch_source::SourceKind;

const GET: &str = "item = table.get_item(Key={'id': id})['Item']\n";

/// Item flows into responses of one view, whose body follows [`FRONT`] and a route, as `line: attributes`.
fn view(body: &str) -> Vec<String> {
    let mut program = format!("{FRONT}@app.route('/x/<id>')\ndef view(id):\n");
    for line in body.lines() {
        program.push_str("    ");
        program.push_str(line);
        program.push('\n');
    }
    let facts = facts_of(&[("app.py", &program)]);
    responses(&facts, &SourceKind::Item)
        .iter()
        .map(|flow| format!("{}: {}", flow.sink.place.line - 6, told(&flow.attributes)))
        .collect()
}

fn after_get(body: &str) -> Vec<String> {
    view(&format!("{GET}{body}"))
}

macro_rules! shapes {
    ($($name:ident: $body:expr => $expected:expr;)*) => {$(
        #[test]
        fn $name() {
            let expected: &[&str] = &$expected;
            assert_eq!(after_get($body), expected);
        }
    )*};
}

shapes! {
    whole_item: "return jsonify(item)" => ["2: all"];
    item_as_dictionary: "return item" => ["2: all"];
    item_in_a_member: "return {'user': item}, 200" => ["2: all"];
    item_as_text: "return f'hello {item}'" => ["2: all"];
    item_by_format: "return '<p>{}</p>'.format(item)" => ["2: all"];
    item_dumped: "import json\nreturn json.dumps(item, default=str)" => ["3: all"];
    field_picks: "return jsonify({'name': item['name'], 'age': item.get('age')})" => ["2: age, name"];
    one_picked_password: "return jsonify(pw=item['password'])" => ["2: password"];
    popped: "item.pop('password', None)\nreturn jsonify(item)" => ["3: all but password"];
    deleted: "del item['password']\nreturn jsonify(item)" => ["3: all but password"];
    popped_value_returned: "pw = item.pop('password')\nreturn jsonify(pw)" => ["3: password"];
    overwritten: "item['password'] = '***'\nreturn jsonify(item)" => ["3: all but password"];
    copy_before_pop: "copy = dict(item)\nitem.pop('password')\nreturn jsonify(copy)" => ["4: all"];
    copy_after_pop: "item.pop('password')\ncopy = {**item}\nreturn jsonify(copy)" => ["4: all but password"];
    other_name_popped: "same = item\nsame.pop('password')\nreturn jsonify(item)" => ["4: all but password"];
    popped_in_a_loop: "for key in ('password', 'token'):\n    item.pop(key, None)\nreturn jsonify(item)"
        => ["4: all but password, token"];
    popped_in_one_branch: "if id:\n    item.pop('password')\nreturn jsonify(item)" => ["4: all"];
    comprehension_not_equal: "return jsonify({k: v for k, v in item.items() if k != 'password'})"
        => ["2: all but password"];
    comprehension_not_in: "return jsonify({k: v for k, v in item.items() if k not in ('password', 'pin')})"
        => ["2: all but password, pin"];
    comprehension_allowed: "return jsonify({k: item[k] for k in ('id', 'name')})" => ["2: id, name"];
    comprehension_by_constant: "HIDE = {'password'}\nreturn {k: v for k, v in item.items() if k not in HIDE}"
        => ["3: all but password"];
    values: "return jsonify(list(item.values()))" => ["2: all"];
    keys_are_harmless: "return jsonify(list(item.keys()))" => [];
    length_is_harmless: "return jsonify(n=len(item))" => [];
    truth_is_harmless: "return jsonify(found=bool(item), same=item['a'] == id, has='a' in item)" => [];
    dead_code: "return 'ok'\nreturn jsonify(item)" => [];
    switched_off: "if False:\n    return jsonify(item)\nreturn 'ok'" => [];
    aborted_before: "from flask import abort\nabort(404)\nreturn jsonify(item)" => [];
    built_step_by_step: "out = {}\nout['name'] = item['name']\nout.update(age=item['age'])\nreturn out"
        => ["5: age, name"];
    deep_copy: "import copy\nother = copy.deepcopy(item)\nother.pop('password')\nreturn jsonify(item)" => ["5: all"];
}

#[test]
fn reads_of_every_kind() {
    assert_eq!(view("return table.get_item(Key={'id': id})"), ["1: all"]);
    assert_eq!(view("return jsonify(table.get_item(Key={'id': id}).get('Item', {}))"), ["1: all"]);
    assert_eq!(view("return jsonify(table.query(KeyConditionExpression='id = :i')['Items'])"), ["1: all"]);
    assert_eq!(view("return jsonify([i for i in table.scan()['Items']])"), ["1: all"]);
    assert_eq!(view("return jsonify([i['name'] for i in table.scan()['Items']])"), ["1: name"]);
    assert_eq!(
        view("items = table.scan()['Items']\nfor i in items:\n    i.pop('password')\nreturn jsonify(items)"),
        ["4: all but password"]
    );
    assert_eq!(view("return jsonify(table.scan()['Count'])"), Vec::<String>::new());
    assert_eq!(view("return jsonify(table.scan(Select='COUNT'))"), Vec::<String>::new());
    assert_eq!(view("return jsonify(sorted(table.scan()['Items'], key=lambda i: i['name'])[0])"), ["1: all"]);
}

#[test]
fn projections() {
    let with = |arguments: &str| view(&format!("return jsonify(table.scan({arguments})['Items'])"));
    assert_eq!(with("ProjectionExpression='id, profile.name'"), ["1: id, profile"]);
    assert_eq!(with("ProjectionExpression='id, #n', ExpressionAttributeNames={'#n': 'name'}"), ["1: id, name"]);
    assert_eq!(with("ProjectionExpression=request.args['fields']"), ["1: all"]);
    assert_eq!(with("AttributesToGet=['id', 'name']"), ["1: id, name"]);
}

#[test]
fn the_client_and_its_pages() {
    let client = "client = boto3.client('dynamodb')\n";
    assert_eq!(view(&format!("{client}return client.get_item(TableName='t', Key={{}})['Item']")), ["2: all"]);
    let pages = "pages = client.get_paginator('scan').paginate(TableName='t')\nout = []\nfor page in pages:\n    \
                 out.extend(page['Items'])\nreturn jsonify(out)";
    assert_eq!(view(&format!("{client}{pages}")), ["6: all"]);
    let batch = "r = client.batch_get_item(RequestItems={'t': {}})\nreturn jsonify(r['Responses']['t'])";
    assert_eq!(view(&format!("{client}{batch}")), ["3: all"]);
}

#[test]
fn across_functions() {
    let helper = "def clean(user):\n    user.pop('password')\n    return user\n";
    assert_eq!(view(&format!("{helper}{GET}return jsonify(clean(item))")), ["5: all but password"]);
    let silent = "def clean(user):\n    user.pop('password')\n";
    assert_eq!(view(&format!("{silent}{GET}clean(item)\nreturn jsonify(item)")), ["5: all but password"]);
    let respond = "def ok(data, code=200):\n    return jsonify({'data': data}), code\n";
    assert_eq!(view(&format!("{respond}{GET}return ok(item)")), ["4: all"]);
    let function = "def each(f, xs):\n    return [f(x) for x in xs]\n";
    assert_eq!(
        view(&format!("{function}return jsonify(each(lambda i: i['name'], table.scan()['Items']))")),
        ["3: name"]
    );
    let generator = "def all_items():\n    for i in table.scan()['Items']:\n        yield i\n";
    assert_eq!(view(&format!("{generator}return jsonify(list(all_items()))")), ["4: all"]);
}
