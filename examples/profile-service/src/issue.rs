//! Making keys.

use stanch_table::{Condition, IssuedKey, Pepper, PepperError, Table, Transaction};

use crate::caller::KEY_PREFIX;
use crate::items::{ApiKey, KeyEntry, KeyId, UserId};
use crate::scope::Scopes;

/// A key just made and the two items that make it known.
pub struct NewKey {
    /// The key itself, for its owner's eyes, once.
    pub text: String,
    /// Found by digest.
    pub item: ApiKey,
    /// Found by name.
    pub entry: KeyEntry,
}

/// Makes a key of 256 random bits with a random name that says nothing of it.
///
/// # Errors
/// When the system gives no random bytes.
pub fn new_key(pepper: &Pepper, owner: &UserId, scopes: &Scopes, expires_at: u64) -> Result<NewKey, PepperError> {
    let issued = IssuedKey::generate(KEY_PREFIX)?;
    let digest = issued.digest(pepper);
    let key_id = random_id()?;
    let item = ApiKey {
        key_id: key_id.clone(),
        scopes: scopes.to_stored(),
        expires_at,
        owner: owner.clone().into(),
        digest: digest.clone(),
    };
    Ok(NewKey { text: issued.show_once(), item, entry: KeyEntry { key_id, expires_at, digest } })
}

/// Makes a key and stores it, for an operator who hands out a user's first key.
///
/// # Errors
/// When the store fails or the system gives no random bytes.
pub async fn issue(
    table: &Table,
    pepper: &Pepper,
    owner: &UserId,
    scopes: &Scopes,
    expires_at: u64,
) -> anyhow::Result<String> {
    let NewKey { text, item, entry } = new_key(pepper, owner, scopes, expires_at)?;
    Transaction::new()
        .put(Table::put(&ApiKey::key(&item.digest), &item).when(Condition::absent()))
        .put(Table::put(&KeyEntry::key(owner, &item.key_id), &entry).when(Condition::absent()))
        .send(table)
        .await?;
    Ok(text)
}

/// 96 random bits in hexadecimal.
fn random_id() -> Result<KeyId, PepperError> {
    let mut random = [0_u8; 12];
    getrandom::fill(&mut random).map_err(|_| PepperError::NoRandomness)?;
    let text: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    KeyId::parse(&text).map_err(|_| PepperError::NoRandomness)
}
