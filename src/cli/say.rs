//! Words to the user: results on the standard output, everything else on the standard error.

use std::io::{self, Write};

use crate::printable;

/// Prints a result. The error of a reader that went away is not for the user: see `exit_of`.
pub(super) fn say(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let mut lines = text.lines();
    let written = lines.try_for_each(|line| writeln!(out, "{}", printable(line))).and_then(|()| out.flush());
    written.map_err(|error| io::Error::new(error.kind(), format!("the standard output cannot be written: {error}")))
}

/// Prints a remark. Where nobody can read it, nobody misses it.
pub(super) fn note(text: &str) {
    let mut err = io::stderr().lock();
    text.lines().try_for_each(|line| writeln!(err, "{}", printable(line))).ok();
}

/// Prints a line of a long run. A reader that went away does not end the run.
pub(super) fn tell(text: &str) {
    say(text).ok();
}
