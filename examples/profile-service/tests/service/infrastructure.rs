//! The templates name what the code declares.

use std::collections::BTreeSet;

use profile_service::items::{ApiKey, KeyEntry, RateWindow, Record, User};
use stanch_table::View;

#[test]
fn the_role_may_touch_exactly_the_declared_attributes() {
    let declared: BTreeSet<&str> = [
        &["pk", "sk"],
        <User as View<User>>::ATTRIBUTES,
        <Record as View<Record>>::ATTRIBUTES,
        <ApiKey as View<ApiKey>>::ATTRIBUTES,
        <KeyEntry as View<KeyEntry>>::ATTRIBUTES,
        <RateWindow as View<RateWindow>>::ATTRIBUTES,
    ]
    .concat()
    .into_iter()
    .collect();
    let template = include_str!("../../infrastructure/template.yaml");
    let mut lists = template.split("dynamodb:Attributes:\n").skip(1);
    for _ in 0..2 {
        let list = lists.next().expect("a list for reads and one for writes");
        let named = list.lines().map_while(|line| line.trim().strip_prefix("- ")).collect::<BTreeSet<_>>();
        assert_eq!(named, declared);
    }
    let terraform = include_str!("../../infrastructure/terraform/access.tf");
    let list = terraform.split("attributes = [").nth(1).and_then(|rest| rest.split(']').next()).expect("a list");
    let named: BTreeSet<&str> = list.split('"').skip(1).step_by(2).collect();
    assert_eq!(named, declared);
}
