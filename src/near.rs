//! Which of some known words somebody may have meant.

/// The known words that are like `word`, the nearest first: few letters differ, or one holds the other.
pub fn near<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let plain = word.to_lowercase();
    let like = |other: &str| {
        let other = other.to_lowercase();
        let edits = distance(&plain, &other);
        let within = plain.len().min(other.len()) > 2 && (plain.contains(&other) || other.contains(&plain));
        (edits <= 2.min(plain.chars().count() / 2) || within).then_some(edits)
    };
    let mut found: Vec<(usize, &str)> = known.filter_map(|other| Some((like(other)?, other))).collect();
    found.sort();
    found.into_iter().map(|(_, other)| other).collect()
}

/// Number of letters to add, remove or change to make one word of the other (Levenshtein).
pub fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut next = vec![i + 1];
        for (y, &above) in b.chars().zip(&row[1..]) {
            let left = next.last().copied().unwrap_or_default();
            next.push((diagonal + usize::from(x != y)).min(above + 1).min(left + 1));
            diagonal = above;
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_edits() {
        for (a, b, expect) in [("", "abc", 3), ("workers", "worker", 1), ("kitten", "sitting", 3), ("same", "same", 0)]
        {
            assert_eq!((distance(a, b), distance(b, a)), (expect, expect), "{a} {b}");
        }
    }

    #[test]
    fn what_was_meant_comes_first() {
        let known = ["nevus", "melanoma", "bcc", "nv"];
        let near = |word: &str| near(word, known.into_iter());
        assert_eq!(near("nevus_common"), ["nevus"]);
        assert_eq!(near("Melanom"), ["melanoma"]);
        assert_eq!(near("nevu"), ["nevus", "nv"]);
        assert!(near("sofa").is_empty() && near("x").is_empty());
    }
}
