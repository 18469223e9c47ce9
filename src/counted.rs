//! Numbers of things in sentences.

/// `1 picture`, `2 pictures`, `0 classes`.
pub fn counted(count: impl TryInto<u64>, thing: &str) -> String {
    let count = count.try_into().unwrap_or(u64::MAX);
    let ending = match count {
        1 => "",
        _ if thing.ends_with('s') => "es",
        _ => "s",
    };
    format!("{count} {thing}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_not_several() {
        assert_eq!(
            [counted(0, "frame"), counted(1, "frame"), counted(2_usize, "frame")],
            ["0 frames", "1 frame", "2 frames"]
        );
        assert_eq!([counted(1, "class"), counted(7, "class")], ["1 class", "7 classes"]);
    }
}
