//! Keys in files: what counts as one where.
#![expect(clippy::unwrap_used, reason = "a failing test may panic")]

mod generate;

use generate::expand;
use stanch_secrets::files::{FileSecret, scan_file, scan_file_with};
use stanch_secrets::names::UserNames;
use stanch_secrets::{Confidence, Detector};

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

#[test]
fn what_only_looks_like_a_key_is_left_alone() {
    for (path, text) in [
        (
            "app.py",
            "if self.update_password == 'always':\n    pass\nif password_mechanism == 'ssh_askpass':\n    pass\n",
        ),
        ("models.py", "types = {'secret': 'V1SecretVolumeSource', 'token': 'V1ServiceTokenProjection'}\n"),
        ("sign.py", "x_goog_credential = '{email}/{datestamp}/auto/storage/request'.format(**d)\n"),
        ("chat.py", "keys = {'vendor_secret_key': 'VENDOR_SECRET_KEY'}\napi_key = 'not-needed'\n"),
        ("cli.py", "print(\"export APP_SECRET_KEY='my-secret-key'\\n\")\n"),
        ("demo.js", "const apiKey = 'sk-1234567890';\n"),
        ("run.sh", "echo 'export DATABASE_PASSWORD=\"'$PIPELINE_PASSWORD'\"' >> .env\n"),
        ("stores.py", "__all__ = ['AlibabaCloudSearchSettings',\n  'SqlAlchemyMCPServerRegistryMixin']\n"),
        ("models.json", "{\"databricks-qwen35-122b-a10b\": 1, \"logo/openai.{hex:32}.svg\": 2}"),
        ("client.py", "# https://github.com/anthropics/sdk-python/commit/{hex:40}\n"),
        ("call.ts", "private stream: http2.ServerHttp2Stream,\n"),
        ("form.html", "<input type=\"hidden\" name=\"authenticity_token\" value=\"{b64:86}\">"),
        ("a.php", "'password' => ['S' => $password],\n"),
        ("config.json", "{\"mongopassword\": \"#GENERAL_MONGO_PASSWORD_PROD\"}"),
        ("ecr.bat", "FOR /F %%i IN ('aws ecr get-login-password') DO SET ECR_PASSWORD=%%i\r\n"),
        ("store.yaml", "spec:\n  data:\n  - secretKey: api-key\n    remoteRef:\n      key: prod/app\n"),
        ("db.yaml", "connection_string: postgres://postgres:postgres@localhost:5432/app\n"),
        ("url.yaml", "a: https://user:abc@api.example.net/v1\nb: models://scope:prefix@databricks/name\n"),
        ("try.sh", "curl -i -u 'test:test' localhost\n"),
        ("mask.env", "SLACK_TOKEN=xoxb-{digit:12}-{digit:12}-####################\n"),
        ("pyproject.toml", "[tool.pytest.ini_options]\nenv = [\"SECRET_KEY=secret\"]\n"),
        ("book.env", "book_table = 00{alnum:40}\nsumOfShares = {alnum:64}\n"),
        ("api.ts", "/**\n * Authorization: \"Bearer PRIMARY_ACCOUNT_JWT\"\n * token: {jwt}\n */\n"),
    ] {
        let sure: Vec<_> =
            found(path, text).into_iter().filter(|secret| secret.confidence > Confidence::Low || secret.weak).collect();
        assert_eq!(sure, [], "{path}: {text}");
    }
}

#[test]
fn keys_in_unusual_places_are_found() {
    for (path, text) in [
        ("app.py", "ok = secrets.compare_digest(credentials.password, 'password')\n"),
        ("app.py", "ok = hmac.compare_digest(api_key, 'swordfish77')\n"),
        ("build.gradle", "buildConfigField \"String\", \"API_KEY\", '\"{hex:32}\"'\n"),
        ("mail.cs", "client.Credentials = new NetworkCredential(\"bo@mail.test\", \"{alnum:16}\");\n"),
        (
            "key.js",
            "const k = \"-----BEGIN RSA {_}PRIVATE KEY-----\" +\n  \"{b64:64}\" +\n  \"{b64:64}\" +\n  \"{b64:64}\";\n",
        ),
        ("jenkins.xml", "<secret>{lowernum:48}</secret>\n"),
        ("a.env", "adzuna KEY={lowernum:32}\n"),
    ] {
        assert!(!found(path, text).is_empty(), "{path}: {text}");
    }
}

#[test]
fn the_user_says_which_names_and_values_are_harmless() {
    let mut names = UserNames::new([], ["page_secret"]);
    assert!(names.add_harmless_value("(").is_err() && names.add_harmless_value("x*").is_err());
    names.add_harmless_value("^demo-").unwrap();
    let text = expand("page_secret = '{alnum:32}'\napi_key = 'demo-{alnum:32}'\napi_secret = '{alnum:32}'\n", 1);
    let secrets = scan_file_with("app.py", text.as_bytes(), Detector::shared(), &names);
    assert_eq!(secrets.iter().map(|secret| secret.line).collect::<Vec<_>>(), [3]);
}
