//! The connection between the program and the process of its window: a socket that is that process's standard input. Windows has no such
//! sockets, and so no live window.

#[cfg(not(unix))]
pub(super) use elsewhere::{Link, inherited, start};
#[cfg(unix)]
pub(super) use unix::{Link, inherited, start};

#[cfg(unix)]
mod unix {
    use std::io;
    use std::os::fd::{AsFd, OwnedFd};
    use std::os::unix::net::UnixStream;
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command, Stdio};

    /// One end of the connection.
    pub(crate) type Link = UnixStream;

    /// Starts the process and returns this end.
    pub(crate) fn start(mut program: Command) -> io::Result<(Child, Link)> {
        let (ours, theirs) = UnixStream::pair()?;
        // A group of its own: Ctrl-C in a terminal is for the program, which needs the window until its files are finished. What Xlib says when
        // it ends a process is said better by the program.
        program.process_group(0).stdin(OwnedFd::from(theirs)).stdout(Stdio::null()).stderr(Stdio::null());
        // The command, which holds the other end as well, ends here: nobody else is to have it.
        Ok((program.spawn()?, ours))
    }

    /// The other end, in the process of the window.
    pub(crate) fn inherited() -> io::Result<Link> {
        Ok(UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?))
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use std::io;
    use std::net::TcpStream;
    use std::process::{Child, Command};

    /// What would be one end.
    pub(crate) type Link = TcpStream;

    /// Always an error.
    pub(crate) fn start(_: Command) -> io::Result<(Child, Link)> {
        Err(missing())
    }

    /// Always an error.
    pub(crate) fn inherited() -> io::Result<Link> {
        Err(missing())
    }

    fn missing() -> io::Error {
        io::Error::new(
            io::ErrorKind::Unsupported,
            "this system has no sockets for it; `lesionscope headless` writes files without a window",
        )
    }
}
