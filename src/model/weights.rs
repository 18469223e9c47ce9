//! The file of weights beside a `model.toml`: how large it may be, and its checksum.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::{FileProblem, ModelError};

/// The largest weights file that is read, bytes: far above any network that runs live on a CPU.
pub const LARGEST_WEIGHTS: u64 = 512 << 20;

/// What `model.toml` says of the file of weights beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// SHA-256 of the file, hexadecimal; written in lower case.
    pub sha256: String,
}

impl Weights {
    /// Whether the checksum is one: 64 hexadecimal digits, in letters of either case.
    pub(super) fn is_checksum(&self) -> bool {
        self.sha256.len() == 64 && self.sha256.bytes().all(|byte| byte.is_ascii_hexdigit())
    }

    /// Checks that the bytes of a file are those that its description speaks of; `file` names it in the error.
    pub(super) fn verify(&self, bytes: &[u8], file: &str) -> Result<(), ModelError> {
        let found = checksum(bytes);
        if found.eq_ignore_ascii_case(&self.sha256) {
            return Ok(());
        }
        Err(ModelError::of_file(file, FileProblem::WrongChecksum { expected: self.sha256.clone(), found }))
    }
}

/// SHA-256 in lower-case hexadecimal.
pub fn checksum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
