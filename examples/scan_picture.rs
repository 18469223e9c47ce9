//! What in a picture does the bundled classifier take for a lesion?
//!
//! cargo run --release --example scan_picture -- arm.jpg

#![allow(clippy::print_stdout, reason = "an example prints what it sees")]

use lesionscope::pictures;
use lesionscope::scanner::Scanner;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: scan_picture PICTURE")?;
    let picture = pictures::read(path.as_ref())?;
    let mut scanner = Scanner::bundled()?;
    for circle in scanner.scan(&picture)? {
        let finding = &circle.finding;
        let (class, place) = (scanner.class(&circle), finding.circle);
        println!(
            "{}: {:.0}, {:.0}, radius {:.0} px, evidence {:.2}",
            class.name, place.x, place.y, place.r, finding.evidence
        );
    }
    Ok(())
}
