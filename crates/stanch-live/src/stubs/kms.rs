//! KMS, reversible within a run: what was encrypted here is decrypted to what it was.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Ask, Reply};

/// Ciphertexts of this stub begin so.
const MARK: &[u8] = b"stub-kms-1:";

pub(super) fn answer(operation: &str, body: &Value, ask: &Ask) -> Reply {
    let key = ask.arn("kms", &format!("key/{}", body["KeyId"].as_str().unwrap_or("stub")));
    let bytes = |member: &str| STANDARD.decode(body[member].as_str().unwrap_or("")).unwrap_or_default();
    let random = |length: u64| {
        let length = usize::try_from(length.min(1024)).unwrap_or(32);
        masked(&vec![0; length], &ask.sequence.to_be_bytes())
    };
    let answer = match operation {
        "Encrypt" | "ReEncrypt" => json!({ "CiphertextBlob": STANDARD.encode(encrypted(&bytes("Plaintext"))),
            "KeyId": key, "EncryptionAlgorithm": "SYMMETRIC_DEFAULT" }),
        // What was not encrypted here, such as a planted value, comes back as it is: so a planted ciphertext can be
        // followed through an app that decrypts it.
        "Decrypt" => json!({ "Plaintext": STANDARD.encode(decrypted(&bytes("CiphertextBlob"))), "KeyId": key,
            "EncryptionAlgorithm": "SYMMETRIC_DEFAULT" }),
        "GenerateDataKey" | "GenerateDataKeyWithoutPlaintext" => {
            let plain = random(body["NumberOfBytes"].as_u64().unwrap_or(32));
            let mut answer = json!({ "CiphertextBlob": STANDARD.encode(encrypted(&plain)), "KeyId": key });
            if operation == "GenerateDataKey" {
                answer["Plaintext"] = STANDARD.encode(&plain).into();
            }
            answer
        }
        "GenerateRandom" => {
            json!({ "Plaintext": STANDARD.encode(random(body["NumberOfBytes"].as_u64().unwrap_or(32))) })
        }
        "Sign" => json!({ "KeyId": key, "Signature": STANDARD.encode(Sha256::digest(bytes("Message"))),
            "SigningAlgorithm": body["SigningAlgorithm"] }),
        "Verify" => {
            let right = bytes("Signature") == Sha256::digest(bytes("Message")).to_vec();
            json!({ "KeyId": key, "SignatureValid": right, "SigningAlgorithm": body["SigningAlgorithm"] })
        }
        "CreateKey" | "DescribeKey" => json!({ "KeyMetadata": { "KeyId": "stub", "Arn": key, "Enabled": true,
            "KeyState": "Enabled", "KeyUsage": "ENCRYPT_DECRYPT" } }),
        "ListKeys" => json!({ "Keys": [], "Truncated": false }),
        "ListAliases" => json!({ "Aliases": [], "Truncated": false }),
        _ => json!({}),
    };
    Reply::json(&answer)
}

/// Not secret, but unlike the plaintext: an app that hands out a ciphertext hands out no key.
fn encrypted(plain: &[u8]) -> Vec<u8> {
    [MARK, &masked(plain, b"kms")].concat()
}

fn decrypted(cipher: &[u8]) -> Vec<u8> {
    cipher.strip_prefix(MARK).map_or_else(|| cipher.to_vec(), |masked_bytes| masked(masked_bytes, b"kms"))
}

/// The bytes xored with a stream of digests.
fn masked(bytes: &[u8], salt: &[u8]) -> Vec<u8> {
    let block = |n: usize| Sha256::new().chain_update(salt).chain_update(n.to_be_bytes()).finalize();
    let blocks = bytes.chunks(32).enumerate();
    blocks.flat_map(|(n, chunk)| chunk.iter().zip(block(n)).map(|(a, b)| a ^ b).collect::<Vec<_>>()).collect()
}
