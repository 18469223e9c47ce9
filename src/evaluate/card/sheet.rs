//! The card and its lines.

use serde::Serialize;

use super::figures::CardFigure;
use super::material::SideMaterial;
use super::rows::{LineFigure, lines};
use crate::data::Side;
use crate::model::Class;

/// The card.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EvaluationCard {
    /// Name of the model.
    pub model: String,
    /// Every so manieth frame of the clips was looked at.
    pub stride: u64,
    /// Its lines.
    pub lines: Vec<CardLine>,
    /// Sentences on what was left out.
    pub left_out: Vec<String>,
}

/// A line of the card. `null`: there is no material for it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CardLine {
    /// What is measured.
    pub name: &'static str,
    /// On the development side.
    pub development: Option<CardFigure>,
    /// On the report side.
    pub report: Option<CardFigure>,
}

/// What a card is about.
#[derive(Clone, Copy, Debug)]
pub struct CardSubject<'a> {
    /// Name of the model.
    pub model: &'a str,
    /// Its classes.
    pub classes: &'a [Class],
    /// Every so manieth frame of the clips was looked at.
    pub stride: u64,
}

impl EvaluationCard {
    /// The card of a model from what was found on the two sides.
    pub fn new(
        subject: CardSubject,
        development: &SideMaterial,
        report: &SideMaterial,
        left_out: Vec<String>,
    ) -> EvaluationCard {
        let sides = lines(development, subject.classes).into_iter().zip(lines(report, subject.classes));
        let line = |(development, report): (LineFigure, LineFigure)| CardLine {
            name: development.name,
            development: development.figure,
            report: report.figure,
        };
        EvaluationCard {
            model: subject.model.to_owned(),
            stride: subject.stride,
            lines: sides.map(line).collect(),
            left_out,
        }
    }
}

impl CardLine {
    /// Its figure on a side; there is none on the training side.
    pub fn on(&self, side: Side) -> Option<&CardFigure> {
        match side {
            Side::Train => None,
            Side::Development => self.development.as_ref(),
            Side::Report => self.report.as_ref(),
        }
    }
}
