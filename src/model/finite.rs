//! NaN and infinity in weights and answers are refused where they come in.

use candle_core::Tensor;

use super::error::ModelError;
use super::scores::Scores;

/// Checks that the values of a tensor called `name` are finite.
///
/// # Errors
/// A sentence on the first value that is NaN or infinite, without the name of the file; or on a tensor that cannot be read.
pub fn tensor(name: &str, tensor: &Tensor) -> Result<(), String> {
    let values = tensor.flatten_all().and_then(|flat| flat.to_vec1::<f32>());
    values.map_err(|error| format!("tensor {name} cannot be read ({error})")).and_then(|values| numbers(name, &values))
}

/// Checks that the values of a tensor called `name` are finite.
///
/// # Errors
/// A sentence on the first value that is NaN or infinite, without the name of the file.
pub fn numbers(name: &str, values: &[f32]) -> Result<(), String> {
    let mut wrong = values.iter().enumerate().filter(|(_, value)| !value.is_finite());
    let Some((at, value)) = wrong.next() else { return Ok(()) };
    let others = wrong.count();
    let more = if others == 0 { String::new() } else { format!(", and {others} more like it") };
    Err(format!(
        "tensor {name} holds {value} (place {at} of {}{more}), which is no weight; the file is damaged, or its training diverged",
        values.len()
    ))
}

/// The answers of a model, if all their numbers are finite.
///
/// # Errors
/// When a probability, a context or a familiarity is NaN or infinite.
pub fn scores(answers: Vec<Scores>) -> Result<Vec<Scores>, ModelError> {
    for Scores { classes, context, familiar } in &answers {
        answer(classes)?;
        answer(&[*context, *familiar])?;
    }
    Ok(answers)
}

/// Checks that the numbers of an answer are finite.
///
/// # Errors
/// When one of them is NaN or infinite.
pub fn answer(numbers: &[f32]) -> Result<(), ModelError> {
    match numbers.iter().find(|number| !number.is_finite()) {
        None => Ok(()),
        Some(wrong) => Err(ModelError::NoNumber(*wrong)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_value_that_is_no_number_is_named_with_its_place() {
        assert_eq!(numbers("bias", &[0.0, f32::MAX, -1.0]), Ok(()));
        let sentence = numbers("bias", &[0.0, f32::NAN, f32::INFINITY]).unwrap_err();
        assert!(sentence.starts_with("tensor bias holds NaN (place 1 of 3, and 1 more like it)"), "{sentence}");
    }

    #[test]
    fn an_answer_that_is_no_number_is_an_error_wherever_it_stands() {
        let plain = Scores { classes: vec![0.25, 0.75], context: 0.5, familiar: 1.0 };
        assert_eq!(scores(vec![plain.clone()]).unwrap(), std::slice::from_ref(&plain));
        for wrong in [
            Scores { classes: vec![0.25, f32::NAN], ..plain.clone() },
            Scores { context: f32::INFINITY, ..plain.clone() },
            Scores { familiar: f32::NAN, ..plain.clone() },
        ] {
            let said = scores(vec![plain.clone(), wrong]).unwrap_err().to_string();
            assert!(said.contains("which is no score"), "{said}");
        }
    }
}
