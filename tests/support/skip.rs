/// Says that a test does not run here because a program is missing. Where `REQUIRE_TOOLS` is set, as in `.ci/run`, that is a failure.
#[allow(clippy::print_stdout, reason = "says what it skips")]
pub(crate) fn skipped(why: &str) {
    assert!(std::env::var_os("REQUIRE_TOOLS").is_none(), "{why}, and REQUIRE_TOOLS is set");
    println!("skipped: {why}");
}
