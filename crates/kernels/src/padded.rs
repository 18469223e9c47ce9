//! Zeros around a picture.

use std::cell::Cell;

thread_local! {
    /// The last padded picture of this thread: clearing and freeing it would cost as much as the copy.
    static SCRATCH: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
}

/// Hands over the picture `(h, w, c)` with `padding` zeros at every border.
pub(super) fn with_padded<R>(
    picture: &[f32],
    (h, w, c): (usize, usize, usize),
    padding: usize,
    look: impl FnOnce(&[f32]) -> R,
) -> R {
    if padding == 0 {
        return look(picture);
    }
    let (line, border) = ((w + 2 * padding) * c, padding * c);
    let size = (h + 2 * padding) * line;
    let mut kept = SCRATCH.take();
    if kept.len() < size {
        kept.resize(size, 0.0);
    }
    let padded = &mut kept[..size];
    padded[..padding * line].fill(0.0);
    padded[(h + padding) * line..].fill(0.0);
    for (from, to) in picture.chunks_exact(w * c).zip(padded[padding * line..].chunks_exact_mut(line)) {
        to[..border].fill(0.0);
        to[border..border + w * c].copy_from_slice(from);
        to[border + w * c..].fill(0.0);
    }
    let seen = look(padded);
    SCRATCH.set(kept);
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_surround_every_picture_whatever_was_padded_before() {
        for (h, w, c, padding) in [(5, 4, 3, 2), (2, 3, 1, 1), (3, 2, 2, 0), (4, 4, 2, 2)] {
            let picture: Vec<f32> = (1..=h * w * c).map(|value| value as f32).collect();
            with_padded(&picture, (h, w, c), padding, |padded| {
                let width = w + 2 * padding;
                assert_eq!(padded.len(), (h + 2 * padding) * width * c);
                for (at, value) in padded.iter().enumerate() {
                    let (y, x) = (at / c / width, at / c % width);
                    let inside = (padding..h + padding).contains(&y) && (padding..w + padding).contains(&x);
                    let theirs = |y: usize, x: usize| picture[(y * w + x) * c + at % c];
                    assert_eq!(*value, if inside { theirs(y - padding, x - padding) } else { 0.0 }, "{y} {x}");
                }
            });
        }
    }
}
