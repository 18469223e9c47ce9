//! Damages ONNX files for so many minutes, loads each and looks into it: `fuzz_onnx MINUTES [SEED]`.
//!
//! Every file is answered with a classifier or one sentence. Run it with bounded memory, which a file that asks for more than
//! it should ends (`target/fuzz/current.onnx` is that file then):
//! `ulimit -v 4000000; cargo run --release --example fuzz_onnx -- 10`.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a tool for looking for mistakes")]

#[path = "../tests/foreign/mutate.rs"]
mod mutate;
#[path = "../tests/foreign/rich.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod rich;
#[path = "../tests/foreign/tiny.rs"]
#[allow(dead_code, reason = "shared with the tests")]
mod tiny;
#[path = "../tests/foreign/tried.rs"]
mod tried;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

fn main() -> ExitCode {
    let number = |at: usize| std::env::args().nth(at).and_then(|text| text.parse::<f64>().ok());
    let (minutes, seed) = (number(1).unwrap_or(10.0), number(2).unwrap_or(1.0));
    let folder = Path::new("target/fuzz");
    std::fs::create_dir_all(folder).unwrap();
    // Panics within tract are caught and told as errors; their messages would fill the screen.
    std::panic::set_hook(Box::new(|_| {}));
    let mut rng = ChaCha8Rng::seed_from_u64(seed as u64);
    let models = [tiny::model(), rich::rich()];
    let until = Instant::now() + Duration::from_secs_f64(60.0 * minutes);
    let (mut files, mut loaded, mut opened, mut panicked, mut slowest) = (0u64, 0u64, 0u64, 0u64, Duration::ZERO);
    while Instant::now() < until {
        let file = mutate::damaged(&models[usize::from(files % 3 > 0)], &mut rng);
        std::fs::write(folder.join("current.onnx"), &file).unwrap();
        let started = Instant::now();
        match catch_unwind(AssertUnwindSafe(|| tried::tried(&file))) {
            Ok(Ok(inside)) => {
                loaded += 1;
                opened += u64::from(inside);
            }
            Ok(Err(sentence)) if sentence.contains('\n') => {
                println!("more than a sentence (file {files}): {sentence}");
                std::fs::write(folder.join(format!("sentence-{files}.onnx")), &file).unwrap();
            }
            Ok(Err(_)) => {}
            Err(_) => {
                panicked += 1;
                println!("panic: target/fuzz/panic-{files}.onnx");
                std::fs::write(folder.join(format!("panic-{files}.onnx")), &file).unwrap();
            }
        }
        let took = started.elapsed();
        if took > slowest {
            slowest = took;
            std::fs::write(folder.join("slowest.onnx"), &file).unwrap();
        }
        files += 1;
    }
    println!(
        "{files} files in {minutes} minutes: {loaded} loaded, {opened} of them opened to the pixels, {panicked} panics, slowest {slowest:.1?}"
    );
    ExitCode::from(u8::from(panicked > 0))
}
