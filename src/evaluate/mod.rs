//! Evaluation: circles against the truth of scenes. Reads its data; no threads, no clock.

pub mod truth;
