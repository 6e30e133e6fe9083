/// Qualified names that mean the same as another one.
static SAME: &[(&str, &str)] = &[
    ("_pickle.load", "pickle.load"),
    ("_pickle.loads", "pickle.loads"),
    ("aioboto3.Session", "boto3.Session"),
    ("boto3.Session().client", "boto3.client"),
    ("boto3.Session().resource", "boto3.resource"),
    ("boto3.session.Session", "boto3.Session"),
    ("cPickle.load", "pickle.load"),
    ("cPickle.loads", "pickle.loads"),
    ("cloudpickle.load", "pickle.load"),
    ("cloudpickle.loads", "pickle.loads"),
    ("dill.load", "pickle.load"),
    ("dill.loads", "pickle.loads"),
    ("fastapi.Response", "fastapi.responses.Response"),
    ("fastapi.exceptions.HTTPException", "fastapi.HTTPException"),
    ("flask.current_app", "flask.Flask()"),
    ("flask.json.jsonify", "flask.jsonify"),
    ("flask.wrappers.Response", "flask.Response"),
    ("flask_lambda.FlaskLambda", "flask.Flask"),
    ("flask_restful.abort", "flask.abort"),
    ("flask_restful.marshal", "flask_restx.marshal"),
    ("flask_restful.marshal_with", "flask_restx.marshal_with"),
    ("flask_restful.reqparse", "flask_restx.reqparse"),
    ("flask_restplus.Api", "flask_restx.Api"),
    ("flask_restplus.Model", "flask_restx.Model"),
    ("flask_restplus.Namespace", "flask_restx.Namespace"),
    ("flask_restplus.Resource", "flask_restx.Resource"),
    ("flask_restplus.abort", "flask_restx.abort"),
    ("flask_restplus.fields", "flask_restx.fields"),
    ("flask_restplus.marshal", "flask_restx.marshal"),
    ("flask_restplus.marshal_with", "flask_restx.marshal_with"),
    ("flask_restplus.reqparse", "flask_restx.reqparse"),
    ("starlette.exceptions.HTTPException", "fastapi.HTTPException"),
    ("starlette.responses.JSONResponse", "fastapi.responses.JSONResponse"),
    ("starlette.responses.Response", "fastapi.responses.Response"),
    ("werkzeug.utils.redirect", "flask.redirect"),
];

/// The one name under which the tables know a thing.
pub(crate) fn canonical(name: &str) -> &str {
    SAME.binary_search_by_key(&name, |(other, _)| other).map_or(name, |index| SAME[index].1)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_sorted() {
        assert!(super::SAME.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
