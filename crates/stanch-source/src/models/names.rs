/// Qualified names that mean the same as another one.
static SAME: &[(&str, &str)] = &[
    ("_pickle.load", "pickle.load"),
    ("_pickle.loads", "pickle.loads"),
    ("aioboto3.Session", "boto3.Session"),
    ("aws_lambda_powertools.event_handler.ALBResolver", "aws_lambda_powertools.event_handler.APIGatewayRestResolver"),
    (
        "aws_lambda_powertools.event_handler.APIGatewayHttpResolver",
        "aws_lambda_powertools.event_handler.APIGatewayRestResolver",
    ),
    (
        "aws_lambda_powertools.event_handler.ApiGatewayResolver",
        "aws_lambda_powertools.event_handler.APIGatewayRestResolver",
    ),
    (
        "aws_lambda_powertools.event_handler.LambdaFunctionUrlResolver",
        "aws_lambda_powertools.event_handler.APIGatewayRestResolver",
    ),
    (
        "aws_lambda_powertools.event_handler.VPCLatticeResolver",
        "aws_lambda_powertools.event_handler.APIGatewayRestResolver",
    ),
    (
        "aws_lambda_powertools.event_handler.VPCLatticeV2Resolver",
        "aws_lambda_powertools.event_handler.APIGatewayRestResolver",
    ),
    (
        "aws_lambda_powertools.event_handler.api_gateway.ALBResolver",
        "aws_lambda_powertools.event_handler.APIGatewayRestResolver",
    ),
    (
        "aws_lambda_powertools.event_handler.api_gateway.APIGatewayHttpResolver",
        "aws_lambda_powertools.event_handler.APIGatewayRestResolver",
    ),
    (
        "aws_lambda_powertools.event_handler.api_gateway.APIGatewayRestResolver",
        "aws_lambda_powertools.event_handler.APIGatewayRestResolver",
    ),
    (
        "aws_lambda_powertools.event_handler.api_gateway.ApiGatewayResolver",
        "aws_lambda_powertools.event_handler.APIGatewayRestResolver",
    ),
    (
        "aws_lambda_powertools.event_handler.api_gateway.LambdaFunctionUrlResolver",
        "aws_lambda_powertools.event_handler.APIGatewayRestResolver",
    ),
    ("aws_lambda_powertools.event_handler.api_gateway.Response", "aws_lambda_powertools.event_handler.Response"),
    ("aws_lambda_powertools.event_handler.api_gateway.Router", "aws_lambda_powertools.event_handler.router.Router"),
    (
        "aws_lambda_powertools.event_handler.api_gateway.VPCLatticeResolver",
        "aws_lambda_powertools.event_handler.APIGatewayRestResolver",
    ),
    (
        "aws_lambda_powertools.event_handler.api_gateway.VPCLatticeV2Resolver",
        "aws_lambda_powertools.event_handler.APIGatewayRestResolver",
    ),
    ("aws_lambda_powertools.event_handler.router.ALBRouter", "aws_lambda_powertools.event_handler.router.Router"),
    (
        "aws_lambda_powertools.event_handler.router.APIGatewayHttpRouter",
        "aws_lambda_powertools.event_handler.router.Router",
    ),
    (
        "aws_lambda_powertools.event_handler.router.APIGatewayRouter",
        "aws_lambda_powertools.event_handler.router.Router",
    ),
    (
        "aws_lambda_powertools.event_handler.router.LambdaFunctionUrlRouter",
        "aws_lambda_powertools.event_handler.router.Router",
    ),
    ("boto3.Session().client", "boto3.client"),
    ("boto3.Session().resource", "boto3.resource"),
    ("boto3.session.Session", "boto3.Session"),
    ("cPickle.load", "pickle.load"),
    ("cPickle.loads", "pickle.loads"),
    ("chalice.app.BadRequestError", "chalice.BadRequestError"),
    ("chalice.app.Blueprint", "chalice.Blueprint"),
    ("chalice.app.Chalice", "chalice.Chalice"),
    ("chalice.app.ChaliceViewError", "chalice.ChaliceViewError"),
    ("chalice.app.NotFoundError", "chalice.NotFoundError"),
    ("chalice.app.Response", "chalice.Response"),
    ("cloudpickle.load", "pickle.load"),
    ("cloudpickle.loads", "pickle.loads"),
    ("dill.load", "pickle.load"),
    ("dill.loads", "pickle.loads"),
    ("fastapi.Response", "fastapi.responses.Response"),
    ("fastapi.exceptions.HTTPException", "fastapi.HTTPException"),
    ("fastapi.param_functions.Depends", "fastapi.Depends"),
    ("fastapi.params.Depends", "fastapi.Depends"),
    ("fastapi.requests.Request", "fastapi.Request"),
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
    ("flask_smorest.abort", "flask.abort"),
    ("flask_wtf.form.FlaskForm", "flask_wtf.FlaskForm"),
    ("jose.jwt.encode", "jwt.encode"),
    ("starlette.exceptions.HTTPException", "fastapi.HTTPException"),
    ("starlette.requests.Request", "fastapi.Request"),
    ("starlette.responses.JSONResponse", "fastapi.responses.JSONResponse"),
    ("starlette.responses.Response", "fastapi.responses.Response"),
    ("werkzeug.exceptions.abort", "flask.abort"),
    ("werkzeug.utils.abort", "flask.abort"),
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
