//! Python, for what only it can do: it ends when this program does.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context;

use crate::cli::interrupt::undo_at_end;

/// Whether a Python has these packages.
pub(crate) fn can_import(python: &Path, packages: &str) -> bool {
    let mut command = Command::new(python);
    command.args(["-c", &format!("import {packages}")]);
    ended(command, "").is_ok_and(|failed| failed.is_none())
}

/// Runs a script by Python: the last line of what it said where it failed, `None` where it did not.
///
/// # Errors
/// When Python cannot be started.
pub(crate) fn run(python: &Path, script: &str, words: &[&Path]) -> anyhow::Result<Option<String>> {
    let mut command = Command::new(python);
    command.arg("-").args(words).env("TF_CPP_MIN_LOG_LEVEL", "3");
    ended(command, script).with_context(|| format!("{} cannot be run", python.display()))
}

/// Runs a command to its end, or to that of this program.
fn ended(mut command: Command, input: &str) -> anyhow::Result<Option<String>> {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = piped.spawn().context("it cannot be started")?;
    let (stdin, stderr) = (child.stdin.take(), child.stderr.take());
    let child = Arc::new(Mutex::new(child));
    let running = Arc::clone(&child);
    // A process that has ended cannot be killed, which is no harm.
    undo_at_end(move || lock(&running).kill().unwrap_or_default());
    if let Some(mut stdin) = stdin {
        // One that has ended already says so by its exit status.
        stdin.write_all(input.as_bytes()).unwrap_or_default();
    }
    let mut said = Vec::new();
    if let Some(mut stderr) = stderr {
        stderr.read_to_end(&mut said).context("it was lost")?;
    }
    if lock(&child).wait().context("it was lost")?.success() {
        return Ok(None);
    }
    let said = String::from_utf8_lossy(&said);
    let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no word of why");
    Ok(Some(crate::printable(last).into_owned()))
}

fn lock(child: &Mutex<Child>) -> MutexGuard<'_, Child> {
    child.lock().unwrap_or_else(PoisonError::into_inner)
}
