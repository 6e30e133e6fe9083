use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use stanch_table::View;

use super::Refusals;
use crate::caller::Caller;
use crate::items::{User, UserId, UserPublic};
use crate::refusal::{Refusal, RefusalBody};
use crate::scope::Scope;
use crate::service::Shared;

/// Read the caller's own profile and settings.
///
/// Any other user is answered as one that is not there.
#[utoipa::path(
    get, path = "/user/{user_id}", tag = "users",
    params(("user_id" = inline(UserId), Path, description = "The user", example = "alice")),
    responses(
        (status = 200, description = "The profile and settings", body = UserPublic),
        (status = 404, description = "No such user of the caller's", body = RefusalBody),
        Refusals
    ),
    security(("key" = []))
)]
pub(super) async fn get_user(
    State(service): State<Shared>,
    user_id: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, Refusal> {
    const INVALID: Refusal = Refusal::InvalidIdentifier("invalid user_id");
    let user_id = user_id.map_err(|_| INVALID).and_then(|Path(text)| UserId::parse(&text).map_err(|_| INVALID))?;
    let caller =
        Caller::identify(&service, request.headers(), request.extensions(), Scope::UserRead, Refusal::Unauthenticated)
            .await?;
    // Always the caller's own item: the item of somebody else is never read, and whether there is one takes no call
    // more and no time more to answer.
    let own = service.table.get(&User::key(&caller.owner)).await?;
    let found = own.filter(|_| caller.owner == user_id).ok_or(Refusal::NotFound)?;
    Ok(Json(found).into_response())
}

/// The public view is what the route answers; a test of the type, so that a new public attribute is noticed here.
const _: () = assert!(<UserPublic as View<User>>::ATTRIBUTES.len() == 2);
