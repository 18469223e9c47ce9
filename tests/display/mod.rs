//! A virtual display, keys pressed on it, and processes that end with the test.

#![allow(unreachable_pub, dead_code, reason = "each test that uses this module is a crate of its own and uses a part")]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// Long enough for a busy machine; a test that works never waits for it.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A child process that ends with the test.
pub struct Ended(pub Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _gone = self.0.kill().is_err();
        self.0.wait().unwrap();
    }
}

/// Sends each line of a child's standard output, so that waiting for one can give up.
pub fn lines(child: &mut Child) -> Receiver<String> {
    let (sender, receiver) = channel();
    let output = BufReader::new(child.stdout.take().unwrap());
    thread::spawn(move || output.lines().map_while(Result::ok).all(|line| sender.send(line).is_ok()));
    receiver
}

/// A virtual display on a number that the server itself finds free; `None` when there is no Xvfb.
pub fn virtual_display() -> Option<(Ended, String)> {
    let mut server = Command::new("Xvfb");
    // A server that starts anew when its last client leaves, as each xdotool does, can throw out a window that is just connecting.
    server
        .args(["-noreset", "-displayfd", "1", "-screen", "0", "1400x900x24"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut server = Ended(server.spawn().ok()?);
    let number = lines(&mut server.0).recv_timeout(PATIENCE).expect("Xvfb says its number");
    Some((server, format!(":{}", number.trim())))
}

pub fn xdotool(display: &str, arguments: &[&str]) -> bool {
    Command::new("xdotool")
        .args(arguments)
        .env("DISPLAY", display)
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|s| s.success())
}
