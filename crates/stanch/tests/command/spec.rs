//! `stanch spec`.

use serde_json::Value;

use crate::project::Project;

const APP: &str = r#"from flask import Blueprint, Flask, request

app = Flask(__name__)
bp = Blueprint("users", __name__, url_prefix="/users")


@bp.route("/<uuid:user_id>", methods=["GET", "PUT"])
def user(user_id):
    key = request.headers["X-API-Key"]
    if request.method == "PUT":
        return {"name": request.json["name"], "ok": bool(key)}
    return {"page": request.args.get("page")}


app.register_blueprint(bp)
"#;

#[test]
fn an_app_is_described_from_its_source() {
    let project = Project::of(&[("app.py", APP)]);
    let ran = project.stanch(&["spec"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let item = &document["paths"]["/users/{user_id}"];
    assert_eq!(item["get"]["parameters"][0]["schema"]["format"], "uuid", "{ran}");
    assert_eq!(item["get"]["parameters"][1]["name"], "page");
    assert!(item["get"]["requestBody"].is_null());
    let body = &item["put"]["requestBody"]["content"]["application/json"]["schema"]["properties"];
    assert!(body["name"].is_object(), "{ran}");
    assert_eq!(item["put"]["security"][0]["X-API-Key"], serde_json::json!([]));
    assert_eq!(document["components"]["securitySchemes"]["X-API-Key"]["in"], "header");
    assert_ne!(item["get"]["operationId"], item["put"]["operationId"]);
    // The same source, the same bytes; and `scan` reads what `spec` writes.
    assert_eq!(project.stanch(&["spec", ".", "-o", "api.json"]).code, Some(0));
    assert_eq!(std::fs::read_to_string(project.path().join("api.json")).unwrap(), ran.stdout);
}

#[test]
fn no_route_is_nothing_to_describe() {
    let ran = Project::of(&[("a.py", "x = 1\n")]).stanch(&["spec"]);
    assert_eq!(ran.code, Some(3), "{ran}");
    assert!(ran.stderr.contains("no route was found"), "{ran}");
}
