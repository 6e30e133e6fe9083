//! DynamoDB ends a page early, as it does after a megabyte of items: what an app makes of the mark where the next one
//! starts is seen only then.

use super::Honest;
use crate::prove::drive::Driver;
use crate::prove::observation::Observation;

/// Asks honestly while each page holds one item.
pub(super) async fn provoke(driver: &mut Driver<'_>, honest: &Honest<'_>) -> Option<Observation> {
    honest.calls.iter().find(|call| matches!(call.operation.as_str(), "Query" | "Scan") && call.items > 0)?;
    driver.world.cut_pages(Some(driver.probes + 1));
    let observation = driver.provoked(honest, honest.values).await;
    driver.world.cut_pages(None);
    Some(observation)
}
