//! Keys that begin with no fixed text and are known by what their parts are.

use crate::patterns::check::base64;

/// A bot's token of Discord: its user id in base64, a time, a signature (Discord developer documentation, "Authentication").
/// User ids are decimal numbers of 17 to 20 digits, so the first part is base64 of digits.
pub(super) fn is_discord_token(run: &[u8]) -> bool {
    if !(58..=76).contains(&run.len()) || !matches!(run[0], b'M' | b'N' | b'O') {
        return false;
    }
    let mut parts = run.split(|byte| *byte == b'.');
    let (Some(id), Some(time), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    (23..=28).contains(&id.len())
        && (5..=7).contains(&time.len())
        && (27..=40).contains(&signature.len())
        && base64(id).is_some_and(|id| id.len() > 16 && id.iter().all(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::is_discord_token;

    #[test]
    fn the_first_part_is_a_number() {
        let token = |id: &str| format!("{}.Gx9a0Q.q7Zk22PxvT90bnQeRwLm4cXa81LkPq", URL_SAFE_NO_PAD.encode(id));
        assert!(is_discord_token(token("198622483471925248").as_bytes()));
        assert!(!is_discord_token(token("1986x2483471925248").as_bytes()));
        assert!(!is_discord_token(b"NetworkInterfaceAttachment.Status.DeleteOnTerminationOfTheInstance"));
        assert!(!is_discord_token("é".repeat(35).as_bytes()) && !is_discord_token(b""));
    }
}
