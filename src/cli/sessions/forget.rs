//! `lesionscope forget`: removes a recorded session, and nothing else.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use super::own_files::FolderContent;
use crate::cli::exit::{Exit, Usage};
use crate::cli::paths::earlier::is_take;
use crate::cli::paths::error::PathError;
use crate::cli::say::{note, say};
use crate::files::{LOCK, Lock};
use crate::session::{RecordedAccount, session_folder};
use crate::{counted, printable};

/// Names of what stays that are told one by one.
const TOLD: usize = 8;

/// `forget`.
#[derive(Debug, Args)]
pub(crate) struct ForgetArgs {
    /// Folder of the session.
    session: PathBuf,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
}

/// Runs the command.
pub(crate) fn run(args: &ForgetArgs) -> anyhow::Result<Exit> {
    // Without a slash at its end, which would lead through a link.
    let named: PathBuf = args.session.components().collect();
    let shown = named.display();
    let meta = fs::symlink_metadata(&named).map_err(|error| Usage(format!("{shown}: cannot be read: {error}")))?;
    if !meta.is_dir() {
        // A link too: what it leads to may be meant, or may not.
        return Err(Usage(format!("{shown} is no folder itself; name the folder of a session")).into());
    }
    let folder = session_folder(&named)?;
    // What is called by dots has a name and a folder above it, too.
    let folder = folder.canonicalize().with_context(|| format!("{shown} cannot be found"))?;
    let account = RecordedAccount::read(&folder)?;
    let content = FolderContent::of(&folder).with_context(|| format!("{shown} cannot be looked through"))?;
    if !args.yes && !agreed(&question(&folder, &account, &content))? {
        say("nothing was removed")?;
        return Ok(Exit::Done);
    }
    remove(&folder, &content)?;
    if content.foreign.is_empty() {
        say(&format!("removed {shown}"))?;
    } else {
        say(&format!(
            "removed {} of {shown}; the folder stays, with what others put there",
            counted(content.own.len(), "file")
        ))?;
        told(&content.foreign);
    }
    Ok(Exit::Done)
}

fn question(folder: &Path, account: &RecordedAccount, content: &FolderContent) -> String {
    let places = counted(account.places.len(), "place");
    let mib = content.bytes as f64 / f64::from(1 << 20);
    let files = counted(content.own.len(), "file");
    format!(
        "Remove the session {} of {} ({places}, {files}, {mib:.1} MiB) for good? [y/N] ",
        folder.display(),
        account.source
    )
}

/// Asks on the terminal.
fn agreed(question: &str) -> anyhow::Result<bool> {
    if !io::stdin().is_terminal() {
        return Err(
            Usage("nobody can be asked here whether to remove it; --yes removes it without asking".to_owned()).into()
        );
    }
    let mut err = io::stderr().lock();
    write!(err, "{}", printable(question))?;
    err.flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Removes the session's own files, and its folders as far as nothing of others is in them.
fn remove(folder: &Path, content: &FolderContent) -> anyhow::Result<()> {
    // The lock is a file too, which opens what a link leads to.
    if folder.join(LOCK).is_symlink() {
        return Err(
            Usage(format!("{} is a link, which no run makes; remove it first", folder.join(LOCK).display())).into()
        );
    }
    // Who records a take writes into the folder above as well.
    let above = folder.parent().filter(|_| folder.file_name().is_some_and(|name| is_take(&name.to_string_lossy())));
    let locks = above.into_iter().chain([folder]).map(Lock::take).collect::<Result<Vec<Lock>, _>>();
    let locks = locks.map_err(PathError::from)?;
    for file in content.own.iter().filter(|file| **file != folder.join(LOCK)) {
        fs::remove_file(file).with_context(|| format!("{} cannot be removed", file.display()))?;
    }
    drop(locks);
    for folder in &content.folders {
        // Works with empty folders only.
        match fs::remove_dir(folder) {
            Err(error) if content.foreign.is_empty() => {
                return Err(error).with_context(|| format!("{} cannot be removed", folder.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

fn told(foreign: &[PathBuf]) {
    for path in foreign.iter().take(TOLD) {
        note(&format!("stays: {}", path.display()));
    }
    if let Some(more) = foreign.len().checked_sub(TOLD).filter(|more| *more > 0) {
        note(&format!("and {more} more"));
    }
}
