//! Python, for what only it can do: it ends when this program does.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context;

use super::interrupt::undo_at_end;

/// Whether a Python has these packages.
pub(super) fn can_import(python: &Path, packages: &str) -> bool {
    let script = format!("import {packages}");
    run(python, &script, &[]).is_ok_and(|failed| failed.is_none())
}

/// Runs a script by Python: the last line of what it said where it failed, `None` where it did not.
///
/// # Errors
/// When Python cannot be started.
pub(super) fn run(python: &Path, script: &str, words: &[&Path]) -> anyhow::Result<Option<String>> {
    let mut child = Command::new(python)
        .arg("-")
        .args(words)
        .env("TF_CPP_MIN_LOG_LEVEL", "3")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{} cannot be started", python.display()))?;
    let (stdin, stderr) = (child.stdin.take(), child.stderr.take());
    let child = Arc::new(Mutex::new(child));
    let running = Arc::clone(&child);
    // A process that has ended cannot be killed, which is no harm.
    undo_at_end(move || lock(&running).kill().unwrap_or_default());
    if let Some(mut stdin) = stdin {
        stdin.write_all(script.as_bytes()).context("the script cannot be handed to Python")?;
    }
    let mut said = Vec::new();
    if let Some(mut stderr) = stderr {
        stderr.read_to_end(&mut said).context("Python was lost")?;
    }
    if lock(&child).wait().context("Python was lost")?.success() {
        return Ok(None);
    }
    let said = String::from_utf8_lossy(&said);
    let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no word of why");
    Ok(Some(crate::printable(last).into_owned()))
}

fn lock(child: &Mutex<Child>) -> MutexGuard<'_, Child> {
    child.lock().unwrap_or_else(PoisonError::into_inner)
}
