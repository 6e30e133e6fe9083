//! What must not compile, each beside its nearest twin that does, so that a test which fails for another reason shows.
//! The compiler's code for the reason stands with each (none for the derive macro's own errors); rustdoc compares codes on
//! a nightly toolchain, elsewhere it looks for a failure only.
//!
//! All of them stand on these items:
//!
//! ```
//! use stanch_table::{Digest, Item, Private};
//! stanch_table::identifier! { pub struct UserId: 1..=64 of UrlSafe; }
//!
//! #[derive(Item)]
//! #[item(partition = "USER#{user: UserId}", sort = "LOGIN")]
//! pub struct Login {
//!     #[public]
//!     pub name: String,
//!     #[private]
//!     pub failures: Private<u64>,
//!     #[key]
//!     pub session: Digest,
//! }
//! ```

/// Declares the items of this page's tests and the code under test.
macro_rules! refused {
    ($($name:ident: $why:literal, $code:literal, $refused:literal, $accepted:literal;)*) => {
        $(
            #[doc = $why]
            ///
            /// Refused:
            #[doc = concat!("```compile_fail,", $code)]
            #[doc = prelude!()]
            #[doc = $refused]
            /// ```
            /// Accepted:
            /// ```
            #[doc = prelude!()]
            #[doc = $accepted]
            /// ```
            pub mod $name {}
        )*
    };
}

/// The items, hidden from the rendered page.
macro_rules! prelude {
    () => {
        "
# use stanch_table::*;
# stanch_table::identifier! { pub struct UserId: 1..=64 of UrlSafe; }
# #[derive(Item)]
# #[item(partition = \"USER#{user: UserId}\", sort = \"LOGIN\")]
# pub struct Login {
#     #[public] pub name: String,
#     #[private] pub failures: Private<u64>,
#     #[key] pub session: Digest,
# }
# fn json(value: &impl serde::Serialize) {}
# fn show(value: &impl std::fmt::Display) {}
# fn debug(value: &impl std::fmt::Debug) {}
# fn main() {}"
    };
}

refused! {
    serialise_a_secret: "A secret is not serialised.", "E0277",
        "fn f(secret: Secret) { json(&secret); }",
        "fn f(secret: Secret) { json(&secret.to_string()); /* a mask */ }";
    serialise_a_digest: "A digest is not serialised.", "E0277",
        "fn f(login: Login) { json(&login.session); }",
        "fn f(login: LoginPublic) { json(&login.name); }";
    display_a_digest: "A digest is not formatted.", "E0277",
        "fn f(digest: Digest) { show(&digest); }",
        "fn f(digest: Digest) { debug(&digest); /* a mask */ }";
    display_a_presented_key: "A key that a client sent is not formatted.", "E0277",
        "fn f(key: PresentedKey) { println!(\"{key}\"); }",
        "fn f(key: PresentedKey, pepper: Pepper) { println!(\"{:?}\", pepper.digest(&key)); }";
    log_a_presented_key: "A key that a client sent is not logged.", "E0277",
        "fn f(key: PresentedKey) { debug(&key); }",
        "fn f(key: PresentedKey, pepper: Pepper) { debug(&pepper.digest(&key)); }";
    serialise_a_presented_key: "A key that a client sent is not echoed.", "E0277",
        "fn f(key: PresentedKey) { json(&key); }",
        "fn f(key: IssuedKey) { json(&key.show_once()); }";
    show_an_issued_key_twice: "A new key is shown once.", "E0382",
        "fn f(key: IssuedKey) { json(&key.show_once()); json(&key.show_once()); }",
        "fn f(key: IssuedKey) { json(&key.show_once()); }";
    return_a_whole_item: "A whole item is not serialised.", "E0277",
        "async fn f(table: Table, user: UserId) { json(&table.get_whole(&Login::key(&user)).await.unwrap()); }",
        "async fn f(table: Table, user: UserId) { json(&table.get(&Login::key(&user)).await.unwrap()); }";
    derive_serialize_on_an_item: "A whole item cannot be made serialisable.", "E0283",
        "#[derive(Item, serde::Serialize)]
         #[item(partition = \"P#{user: UserId}\", sort = \"S\")]
         pub struct Open { #[public] pub name: String }",
        "#[derive(Item)]
         #[item(partition = \"P#{user: UserId}\", sort = \"S\")]
         pub struct Open { #[public] pub name: String }";
    serialise_a_private_attribute: "A private attribute is not serialised unless it is revealed.", "E0277",
        "fn f(login: Login) { json(&login.failures); }",
        "fn f(login: Login) { json(login.failures.reveal()); }";
    declare_a_key_as_text: "A key attribute is no plain text.", "E0277",
        "#[derive(Item)]
         #[item(partition = \"P#{user: UserId}\", sort = \"S\")]
         pub struct Plain { #[key] pub session: String }",
        "#[derive(Item)]
         #[item(partition = \"P#{user: UserId}\", sort = \"S\")]
         pub struct Plain { #[key] pub session: Secret }";
    declare_a_key_as_public: "A key is not declared public.", "E0277",
        "#[derive(Item)]
         #[item(partition = \"P#{user: UserId}\", sort = \"S\")]
         pub struct Plain { #[public] pub session: Secret }",
        "#[derive(Item)]
         #[item(partition = \"P#{user: UserId}\", sort = \"S\")]
         pub struct Plain { #[public] pub session: String }";
    declare_no_class: "An attribute says its class.", "",
        "#[derive(Item)]
         #[item(partition = \"P#{user: UserId}\", sort = \"S\")]
         pub struct Plain { pub name: String }",
        "#[derive(Item)]
         #[item(partition = \"P#{user: UserId}\", sort = \"S\")]
         pub struct Plain { #[public] pub name: String }";
    declare_a_bare_private_attribute: "A private attribute is wrapped.", "E0277",
        "#[derive(Item)]
         #[item(partition = \"P#{user: UserId}\", sort = \"S\")]
         pub struct Plain { #[private] pub role: String }",
        "#[derive(Item)]
         #[item(partition = \"P#{user: UserId}\", sort = \"S\")]
         pub struct Plain { #[private] pub role: Private<String> }";
    build_a_condition_from_text: "A condition is not built from a text.", "E0308",
        "fn f(input: &str) -> Condition<Login> { Condition::from(input) }",
        "fn f(input: &str) -> Condition<Login> { Login::NAME.equals(&input.to_owned()) }";
    name_an_attribute_by_input: "An attribute is not named by input.", "E0597",
        "fn f(input: String) -> Attribute<Login, PublicClass, String> { Attribute::declared(&input) }",
        "fn f(input: String) -> Attribute<Login, PublicClass, String> { Login::NAME }";
    compare_with_another_type: "A condition compares with a value of the attribute's type.", "E0308",
        "fn f() -> Condition<Login> { Login::FAILURES.equals(&\"1\".to_owned()) }",
        "fn f() -> Condition<Login> { Login::FAILURES.equals(&1) }";
    make_a_key_from_text: "A key is not composed from unparsed text.", "E0308",
        "fn f(input: String) -> ItemKey<Login> { Login::key(&input) }",
        "fn f(input: String) -> ItemKey<Login> { Login::key(&UserId::parse(&input).unwrap()) }";
    declare_a_key_part_as_text: "A key template takes parsed types only.", "E0277",
        "#[derive(Item)]
         #[item(partition = \"P#{user: String}\", sort = \"S\")]
         pub struct Plain { #[public] pub name: String }",
        "#[derive(Item)]
         #[item(partition = \"P#{user: UserId}\", sort = \"S\")]
         pub struct Plain { #[public] pub name: String }";
    send_a_write_without_condition: "A write says its condition.", "E0599",
        "async fn f(table: Table, user: UserId) { Table::delete(&Login::key(&user)).send(&table).await.unwrap(); }",
        "async fn f(table: Table, user: UserId) {
            Table::delete(&Login::key(&user)).when(Condition::exists()).send(&table).await.unwrap();
         }";
    read_a_key_from_a_write: "A key does not come back from a write.", "E0277",
        "fn f(updated: Updated<Login>) { let _ = updated.get(Login::SESSION); }",
        "fn f(updated: Updated<Login>) { let _ = updated.get(Login::NAME); }";
    use_another_items_attribute: "A condition speaks of its own item.", "E0308",
        "#[derive(Item)]
         #[item(partition = \"P#{user: UserId}\", sort = \"S\")]
         pub struct Other { #[public] pub name: String }
         fn f(user: UserId) { let _ = Table::delete(&Login::key(&user)).when(Other::NAME.is_present()); }",
        "fn f(user: UserId) { let _ = Table::delete(&Login::key(&user)).when(Login::NAME.is_present()); }";
}
