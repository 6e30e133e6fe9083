//! Keys in files: what counts as one where.

mod generate;

use generate::expand;
use stanch_secrets::Confidence;
use stanch_secrets::files::{FileSecret, scan_file};

fn found(path: &str, text: &str) -> Vec<FileSecret> {
    scan_file(path, expand(text, 1).as_bytes())
}

#[test]
fn keys_are_found_with_name_and_place() {
    let mut wrong = Vec::new();
    for (path, text, kind, name, line, column) in [
        ("app.py", "import x\napp.config['SECRET_KEY'] = 'ADMAIN'\n", "secret", "SECRET_KEY", 2, 29),
        (
            "app.py",
            "app.secret_key = os.environ.get(\"SECRET_KEY\", \"dev-secret-key\")",
            "secret",
            "SECRET_KEY",
            1,
            48,
        ),
        (
            "app.py",
            "c = client('iam', aws_access_key_id=\"AKIA{base32:16}\")",
            "aws-access-key-id",
            "aws_access_key_id",
            1,
            38,
        ),
        ("app.py", "# ACCESS_KEY_ID='AKIA{base32:16}'", "aws-access-key-id", "ACCESS_KEY_ID", 1, 18),
        ("app.py", "SECRET_KEY: str = 'secret'", "secret", "SECRET_KEY", 1, 20),
        ("app.py", "user = User(name='é', password='hunter2')", "password", "password", 1, 33),
        ("app.py", "CONFIG = {'api_key': 'q7Zk22PxvT90bnQeRw'}", "api-key", "api_key", 1, 23),
        (".env", "A=1\nDB_PASSWORD=hunter2 # the old one\n", "password", "DB_PASSWORD", 2, 13),
        ("docker-compose.yml", "    environment:\n      SECRET_KEY: s3cr3t\n", "secret", "SECRET_KEY", 2, 19),
        ("task.json", "{\"name\": \"DB_PASSWORD\", \"value\": \"hunter2\"}", "password", "DB_PASSWORD", 1, 35),
        ("deploy.yaml", "- name: API_TOKEN\n  value: \"q7Zk22PxvT90bnQeRw\"\n", "token", "API_TOKEN", 2, 11),
        ("Dockerfile", "FROM x\nENV API_KEY q7Zk22PxvT90bnQeRw\n", "api-key", "API_KEY", 2, 13),
        ("a.ipynb", "{\"source\": [\"api_key = \\\"q7Zk22PxvT90bnQeRw\\\"\\n\"]}", "api-key", "api_key", 1, 26),
        ("main.tf", "  password = \"hunter2\"\n", "password", "password", 1, 15),
    ] {
        let secrets = found(path, text);
        let one =
            secrets.first().map(|secret| (secret.kind.as_ref(), secret.name.as_deref(), secret.line, secret.column));
        if one != Some((kind, Some(name), line, column)) || secrets.len() != 1 {
            wrong.push(format!("{path}: {text}: {secrets:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_file_may_hold_a_key_that_has_no_name() {
    let secrets = found("notes.md", "run with ghp_{alnum:36} as token");
    assert_eq!(secrets.iter().map(|secret| secret.kind.as_ref()).collect::<Vec<_>>(), ["github-token"]);
    assert_eq!(secrets[0].confidence, Confidence::Medium);
}

#[test]
fn what_is_no_key_is_left_alone() {
    for (path, text) in [
        ("app.py", "password = request.form['password']\ntoken = get_token()\nsecret = os.environ['SECRET']\n"),
        (
            "app.py",
            "API_KEY = 'your-api-key'\nTOKEN = '<token>'\nSECRET_KEY = os.getenv('SECRET_KEY')\napi_key = 'xxxxxxxx'\n",
        ),
        (
            "app.py",
            "token_type = 'bearer'\npassword_field = 'password'\nAPI_KEY_HEADER = 'X-API-Key'\napi_key = 'X-API-Key'\n",
        ),
        (
            "app.py",
            "KEY = {'AttributeName': 'token', 'KeyType': 'HASH'}\nnext_token = 'q7Zk22PxvT90bnQeRw'\nuser = {'password': 'password'}\n",
        ),
        (
            "app.py",
            "def f():\n    \"\"\"Call with password='hunter2'.\"\"\"\n    # password = 'hunter2'\n    return f\"token={token}\"\n",
        ),
        ("app.py", "print('Password: ', password)\nraise E('api_key: must be given')\nif token == '':\n    pass\n"),
        ("app.py", "aws_access_key_id = 'AKIAIOSFODNN7EXAMPLE'\n"),
        ("package-lock.json", "\"integrity\": \"sha512-{b64:86}==\", \"token\": \"q7Zk22PxvT90bnQeRw\""),
        ("tests/test_app.py", "password = 'hunter2'\nurl = 'postgres://a:hunter2@localhost/x'\n"),
        (".env.example", "DB_PASSWORD=changeme\nAPI_KEY=\nSECRET_KEY=secret\n"),
        ("README.md", "Set `password: hunter2` and `SECRET_KEY=secret`."),
        (
            "template.yaml",
            "Password: !Ref Password\nToken: ${ssm:token}\nSecretKey: '{{resolve:secretsmanager:x}}'\nApiKeyRequired: true\n",
        ),
        ("workflow.yml", "token: ${{ secrets.TOKEN }}\npassword: $PASSWORD\n"),
        ("openapi.json", "{\"password\": {\"type\": \"string\"}, \"token\": \"string\", \"tokenUrl\": \"/token\"}"),
        ("x.bin", "\0password='hunter2'"),
    ] {
        assert_eq!(found(path, text), [], "{path}: {text}");
    }
}

#[test]
fn guessable_values_are_marked() {
    let secrets = found("app.py", "SECRET_KEY = 'dev'\nAPI_SECRET = 'q7Zk22PxvT90bnQeRw'\n");
    assert_eq!(secrets.iter().map(|secret| secret.weak).collect::<Vec<_>>(), [true, false]);
}
