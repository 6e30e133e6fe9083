//! Shapes of leaks that are easily missed, or easily reported where there is none.

use crate::Test;
use crate::apps::{Warm, proven};

/// A name, an app, and the rules with lines that are proven in it.
type Shape = (&'static str, &'static [(&'static str, &'static str)], &'static [(&'static str, u32)]);

const HEAD: &str = "import base64\nimport boto3\nfrom flask import Flask, jsonify, render_template, request\nfrom boto3.dynamodb.conditions import Key\napp = Flask(__name__)\nusers = boto3.resource('dynamodb').Table('users')\n\ndef register(user_id, name, password, token):\n    users.put_item(Item={'user_id': user_id, 'name': name, 'password': password, 'token': token})\n\n";
/// Lines of [`HEAD`].
const LINES: u32 = 10;

const SHAPES: &[Shape] = &[
    (
        "a leak on the second request only",
        &[(
            "app.py",
            "@app.post('/users')\ndef create():\n    body = request.get_json()\n    found = users.get_item(Key={'user_id': body['user_id']}).get('Item')\n    if found:\n        return jsonify(error='taken', by=found['token']), 200\n    users.put_item(Item={'user_id': body['user_id'], 'token': 'x'})\n    return jsonify(ok=True), 201\n",
        )],
        &[("key-in-response", 6)],
    ),
    (
        "a leak after a login only",
        &[(
            "app.py",
            "@app.get('/me')\ndef me():\n    key = request.headers.get('X-API-Key')\n    if not key:\n        return jsonify(error='key required'), 401\n    found = users.scan(FilterExpression='#t = :t', ExpressionAttributeNames={'#t': 'token'}, ExpressionAttributeValues={':t': key})['Items']\n    if not found:\n        return jsonify(error='wrong key'), 403\n    return jsonify(password=found[0]['password'])\n",
        )],
        &[("key-in-response", 9)],
    ),
    (
        "a leak with a wrongly typed key only",
        &[(
            "app.py",
            "@app.post('/find')\ndef find():\n    wanted = request.get_json()['user_id']\n    if isinstance(wanted, str):\n        return jsonify(found=False)\n    return jsonify(users.scan()['Items'])\n",
        )],
        &[("key-in-response", 6)],
    ),
    (
        "base64 of a password",
        &[(
            "app.py",
            "@app.get('/users/<user_id>')\ndef show(user_id):\n    user = users.get_item(Key={'user_id': user_id})['Item']\n    return jsonify(p=base64.b64encode(user['password'].encode()).decode())\n",
        )],
        &[("key-in-response", 4)],
    ),
    (
        "a digest of a password",
        &[(
            "app.py",
            "import hashlib\n\n@app.get('/users/<user_id>')\ndef show(user_id):\n    user = users.get_item(Key={'user_id': user_id})['Item']\n    return jsonify(p=hashlib.sha256(user['password'].encode()).hexdigest(), n=hashlib.sha256(user['name'].encode()).hexdigest())\n",
        )],
        &[("key-in-response", 6)],
    ),
    (
        "the whole item in a template that prints one field",
        &[
            (
                "app.py",
                "@app.get('/users/<user_id>')\ndef show(user_id):\n    user = users.get_item(Key={'user_id': user_id})['Item']\n    return render_template('user.html', user=user)\n",
            ),
            ("templates/user.html", "<p>{{ user.name }}</p>\n"),
        ],
        &[],
    ),
    (
        "the whole item in a template that prints it",
        &[
            (
                "app.py",
                "@app.get('/users/<user_id>')\ndef show(user_id):\n    user = users.get_item(Key={'user_id': user_id})['Item']\n    return render_template('user.html', user=user)\n",
            ),
            ("templates/user.html", "<p>{{ user }}</p>\n"),
        ],
        &[("key-in-response", 4)],
    ),
    (
        "a login hands the stored token to whoever knows the password",
        &[(
            "app.py",
            "@app.post('/login')\ndef login():\n    body = request.get_json()\n    user = users.get_item(Key={'user_id': body['user_id']}).get('Item')\n    if not user or user['password'] != body['password']:\n        return jsonify(error='no'), 401\n    return jsonify(token=user['token'])\n",
        )],
        &[],
    ),
    (
        "an attribute that the app knows nothing of is no leaked key",
        &[(
            "app.py",
            "@app.get('/users/<user_id>')\ndef show(user_id):\n    user = users.get_item(Key={'user_id': user_id})['Item']\n    for name in ('password', 'token'):\n        user.pop(name, None)\n    return jsonify(user)\n",
        )],
        &[("item-in-response", 6)],
    ),
    (
        "an address of the client's that leads to the role's credentials",
        &[(
            "app.py",
            "from urllib.request import urlopen\n\n@app.get('/preview')\ndef preview():\n    return jsonify(text=urlopen(request.args['url'], timeout=5).read().decode())\n",
        )],
        &[("ssrf", 5)],
    ),
    (
        "an address of the client's whose answer stays inside",
        &[(
            "app.py",
            "from urllib.request import urlopen\n\n@app.get('/check')\ndef check():\n    return jsonify(length=len(urlopen(request.args['url'], timeout=5).read()))\n",
        )],
        &[("ssrf", 5)],
    ),
    (
        "what is told of an overloaded table alone",
        &[(
            "app.py",
            "from botocore.exceptions import ClientError\n\n@app.post('/users')\ndef create():\n    body = request.get_json()\n    try:\n        users.put_item(Item={'user_id': body['user_id']}, ConditionExpression='attribute_not_exists(user_id)')\n    except ClientError as error:\n        if error.response['Error']['Code'] == 'ProvisionedThroughputExceededException':\n            return jsonify(error=str(error)), 409\n        return jsonify(error='unavailable'), 503\n    return jsonify(ok=True), 201\n",
        )],
        &[("error-in-response", 10)],
    ),
    (
        "a log file that the app writes by itself",
        &[(
            "app.py",
            "@app.get('/users/<user_id>')\ndef show(user_id):\n    user = users.get_item(Key={'user_id': user_id})['Item']\n    with open('access.log', 'a') as log:\n        log.write('read ' + user['token'] + '\\n')\n    with open('cache.json', 'a') as cache:\n        cache.write(user['password'])\n    return jsonify(name=user['name'])\n",
        )],
        &[("key-in-log", 4)],
    ),
    (
        "whole items to a queue, and the fields it needs",
        &[(
            "app.py",
            "import json\n\nqueue = boto3.client('sqs')\n\n@app.get('/users/<user_id>')\ndef show(user_id):\n    user = users.get_item(Key={'user_id': user_id})['Item']\n    queue.send_message(QueueUrl='q', MessageBody=json.dumps(user, default=str))\n    return jsonify(ok=True)\n\n@app.get('/users/<user_id>/name')\ndef name(user_id):\n    user = users.get_item(Key={'user_id': user_id})['Item']\n    queue.send_message(QueueUrl='q', MessageBody=json.dumps({'name': user['name']}))\n    return jsonify(ok=True)\n",
        )],
        &[("stream-image-forwarded", 8)],
    ),
    (
        "the tokens of a user pool come to the user who logs in",
        &[(
            "app.py",
            "pool = boto3.client('cognito-idp')\n\n@app.post('/sign-in')\ndef sign_in():\n    given = request.get_json()\n    answer = pool.initiate_auth(ClientId='c', AuthFlow='USER_PASSWORD_AUTH', AuthParameters={'USERNAME': given['user'], 'PASSWORD': given['password']})\n    return jsonify(AccessToken=answer['AuthenticationResult']['AccessToken'])\n",
        )],
        &[],
    ),
];

pub(crate) fn tests() -> Vec<Test> {
    SHAPES
        .iter()
        .map(|(name, files, expected)| -> Test {
            (format!("shape: {name}"), Box::new(move |warm: &Warm| hold(name, files, expected, warm)))
        })
        .collect()
}

fn hold(name: &str, files: &[(&str, &str)], expected: &[(&str, u32)], warm: &Warm) {
    let texts: Vec<(&str, String)> = files
        .iter()
        .map(|(file, text)| (*file, if *file == "app.py" { format!("{HEAD}{text}") } else { (*text).to_owned() }))
        .collect();
    let report = warm.prove_files(texts.iter().map(|(file, text)| (*file, text.as_str())));
    // What a route that finds items by the client's id shows beside it is not this test's.
    let about = [
        "key-in-response",
        "item-in-response",
        "key-in-log",
        "error-in-response",
        "ssrf",
        "environment-in-response",
        "stream-image-forwarded",
    ];
    let found: Vec<(&str, u32)> = proven(&report)
        .filter(|finding| about.contains(&finding.rule.id))
        .map(|finding| (finding.rule.id, finding.source().map_or(0, |place| place.line)))
        .collect();
    let expected: Vec<(&str, u32)> = expected.iter().map(|(rule, line)| (*rule, line + LINES)).collect();
    let told: Vec<String> =
        proven(&report).map(|finding| format!("{}: {}", finding.rule.id, finding.message)).collect();
    assert_eq!(found, expected, "{name}: {told:#?} {:#?} {:?}", report.coverage, report.run.problems);
}
