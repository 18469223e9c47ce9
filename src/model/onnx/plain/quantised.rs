//! Quantised graphs on real numbers: a whole number of 8 bits becomes a float that holds the same number, weights become what they stand
//! for, and rounding and cutting off stay where the file has them. So every operator between is the plain one, can be gone through back,
//! and answers as ONNX Runtime does, but for the last bits of its own integer arithmetic.

use std::collections::{BTreeMap, BTreeSet};

use tract_onnx::pb::{AttributeProto, GraphProto, NodeProto, TensorProto};

use super::kinds::named;
use super::nodes::{MOVING, maker};
use super::operators::{operator, spelt, whole};
use super::values::{tensor, values};

/// The least scale of a picture that is the same number everywhere, so that nothing is divided by 0.
const LEAST: f32 = 1e-30;

/// Makes the operators of a quantised graph plain ones; whether there were any.
pub(super) fn floats(graph: &mut GraphProto) -> Result<bool, String> {
    let quantised = |node: &NodeProto| {
        matches!(node.op_type.as_str(), "QuantizeLinear" | "DequantizeLinear" | "DynamicQuantizeLinear")
            || node.op_type.starts_with("QLinear")
            || node.op_type == "QGemm"
            || whole(&node.op_type).is_some()
    };
    if !graph.node.iter().any(quantised) {
        return Ok(false);
    }
    spelt(graph)?;
    unrounded(graph);
    let nodes = std::mem::take(&mut graph.node);
    let of_nodes = nodes.iter().filter_map(|node| {
        let value = node.attribute.iter().find(|attribute| attribute.name == "value")?.t.as_ref()?;
        (node.op_type == "Constant").then_some((node.output.first()?.as_str(), value))
    });
    let initial = graph.initializer.iter().map(|tensor| (tensor.name.as_str(), tensor));
    let mut writer = PlainGraph { fixed: initial.chain(of_nodes).collect(), nodes: Vec::new(), added: Vec::new() };
    for node in &nodes {
        writer.plain(node).map_err(|what| format!("operator {} \"{}\" {what}", node.op_type, node.name))?;
    }
    let PlainGraph { nodes, added, .. } = writer;
    graph.node = nodes;
    graph.initializer.extend(added);
    let used: BTreeSet<&str> = graph.node.iter().flat_map(|node| &node.input).map(String::as_str).collect();
    graph.initializer.retain(|tensor| used.contains(tensor.name.as_str()));
    Ok(true)
}

/// Leaves out the rounding of an output: of probabilities to 256 steps it only hides what they are, and of an output of whole numbers what
/// they stand for is read.
fn unrounded(graph: &mut GraphProto) {
    let source = |output: &str| -> Option<(String, String)> {
        let last = maker(graph, output)?;
        if last.op_type == "QuantizeLinear" {
            return Some((output.to_owned(), last.input.first()?.clone()));
        }
        let coded = maker(graph, last.input.first()?).filter(|_| last.op_type == "DequantizeLinear")?;
        let real = coded.input.first().filter(|_| coded.op_type == "QuantizeLinear")?;
        let mut from = maker(graph, real)?;
        while MOVING.contains(&from.op_type.as_str()) {
            from = maker(graph, from.input.first()?)?;
        }
        ["Softmax", "Sigmoid"].contains(&from.op_type.as_str()).then(|| (output.to_owned(), real.clone()))
    };
    let passed: BTreeMap<String, String> = graph.output.iter().filter_map(|info| source(&info.name)).collect();
    for node in &mut graph.node {
        if let Some(real) = node.output.first().and_then(|output| passed.get(output)) {
            let output = node.output.clone();
            *node =
                NodeProto { op_type: "Identity".to_owned(), input: vec![real.clone()], output, ..NodeProto::default() };
        }
    }
}

/// A value of the graph with the names of its scale and zero point; without a name the scale is 1 and the zero point 0.
struct QuantisedValue<'a> {
    value: &'a str,
    scale: &'a str,
    zero: &'a str,
}

/// The plain graph as it grows.
struct PlainGraph<'a> {
    /// Tensors of the file.
    fixed: BTreeMap<&'a str, &'a TensorProto>,
    nodes: Vec<NodeProto>,
    added: Vec<TensorProto>,
}

impl<'a> PlainGraph<'a> {
    fn plain(&mut self, node: &'a NodeProto) -> Result<(), String> {
        let at = |at: usize| node.input.get(at).map_or("", String::as_str);
        let output = node.output.first().map_or("", String::as_str);
        let integer = |name: &str| node.attribute.iter().find(|a| a.name == name).map(|a| a.i);
        match node.op_type.as_str() {
            "QuantizeLinear" | "DequantizeLinear" if integer("block_size").unwrap_or(0) != 0 => {
                return Err("quantises in blocks, which is not read; quantise by tensor or by channel".to_owned());
            }
            "QuantizeLinear" => {
                let kind = integer("output_dtype").filter(|kind| *kind != 0).map(|kind| kind as i32);
                self.quantise(at(0), (at(1), at(2)), kind, output)?;
            }
            "DequantizeLinear" => {
                let coded = QuantisedValue { value: at(0), scale: at(1), zero: at(2) };
                self.real(&coded, integer("axis").unwrap_or(1), output)?;
            }
            "DynamicQuantizeLinear" => self.dynamic(node)?,
            other => match whole(other) {
                Some(plain) => {
                    let names = [format!("{output}/0"), format!("{output}/1")];
                    for (place, name) in names.iter().enumerate() {
                        let coded = QuantisedValue { value: at(place), scale: "", zero: at(2 + place) };
                        self.real(&coded, if plain == "Conv" { 0 } else { -1 }, name)?;
                    }
                    self.operator(plain, &names, output, node.attribute.clone());
                }
                None => self.nodes.push(node.clone()),
            },
        }
        Ok(())
    }

    /// `(value - zero) * scale`, worked out at once where the value is one of the file.
    fn real(&mut self, coded: &QuantisedValue, axis: i64, output: &str) -> Result<(), String> {
        let QuantisedValue { value, scale, zero } = *coded;
        if let Some(fixed) = self.fixed.get(value).copied() {
            let (scales, zeros) = (self.parameter(scale, 1.0)?, self.parameter(zero, 0.0)?);
            let real = spread(fixed, (&scales, &zeros), axis)?;
            self.number(output, &fixed.dims, real);
            return Ok(());
        }
        let mut at = value.to_owned();
        for (operator, parameter, nothing, part) in [("Sub", zero, 0.0, "zero"), ("Mul", scale, 1.0, "scale")] {
            let last = part == "scale";
            let to = if last { output.to_owned() } else { format!("{output}/centred") };
            match self.single(parameter, nothing, &format!("{output}/{part}"))? {
                Some(name) => self.operator(operator, &[at, name], &to, Vec::new()),
                None if last => self.operator("Identity", &[at], &to, Vec::new()),
                None => continue,
            }
            at = to;
        }
        Ok(())
    }

    /// `round(value / scale) + zero`, halves to even, cut off where its kind of whole numbers ends.
    fn quantise(
        &mut self,
        value: &str,
        (scale, zero): (&str, &str),
        kind: Option<i32>,
        output: &str,
    ) -> Result<(), String> {
        let kind = self.fixed.get(zero).map(|zero| zero.data_type).or(kind).unwrap_or(2);
        let (low, high) = match kind {
            2 => (0.0, 255.0),
            3 => (-128.0, 127.0),
            4 => (0.0, 65_535.0),
            5 => (-32_768.0, 32_767.0),
            other => return Err(format!("quantises to {}; 8 and 16 bits are read", named(other))),
        };
        let name = |part: &str| format!("{output}/{part}");
        let scale = self.single(scale, 1.0, &name("step"))?;
        let zero = self.single(zero, 0.0, &name("offset"))?;
        let mut at = value.to_owned();
        if let Some(scale) = scale {
            self.operator("Div", &[at, scale], &name("steps"), Vec::new());
            at = name("steps");
        }
        self.operator("Round", &[at], &name("round"), Vec::new());
        at = name("round");
        if let Some(zero) = zero {
            self.operator("Add", &[at, zero], &name("moved"), Vec::new());
            at = name("moved");
        }
        let ends = [("low", low), ("high", high)].map(|(part, end)| self.number(&name(part), &[], vec![end]));
        let [low, high] = ends;
        self.operator("Clip", &[at, low, high], output, Vec::new());
        Ok(())
    }

    /// Whole numbers, scale and zero point of what is only known when it is there.
    fn dynamic(&mut self, node: &NodeProto) -> Result<(), String> {
        let [value] = node.input.as_slice() else { return Err("takes one input".to_owned()) };
        let [output, scale, zero] = node.output.as_slice() else { return Err("makes three outputs".to_owned()) };
        let name = |part: &str| format!("{output}/range/{part}");
        let none = self.number(&name("none"), &[], vec![0.0]);
        let all = AttributeProto { name: "keepdims".to_owned(), r#type: 2, i: 0, ..AttributeProto::default() };
        for (reduce, most, part) in [("ReduceMin", "Min", "low"), ("ReduceMax", "Max", "high")] {
            self.operator(reduce, std::slice::from_ref(value), &name(part), vec![all.clone()]);
            self.operator(most, &[name(part), none.clone()], &name(most), Vec::new());
        }
        let [steps, least, end] = [("count", 255.0), ("least", LEAST), ("end", 255.0)]
            .map(|(part, number)| self.number(&name(part), &[], vec![number]));
        self.operator("Sub", &[name("Max"), name("Min")], &name("range"), Vec::new());
        self.operator("Div", &[name("range"), steps], &name("step"), Vec::new());
        self.operator("Max", &[name("step"), least], scale, Vec::new());
        self.operator("Div", &[name("Min"), scale.clone()], &name("below"), Vec::new());
        self.operator("Sub", &[none.clone(), name("below")], &name("offset"), Vec::new());
        self.operator("Round", &[name("offset")], &name("whole"), Vec::new());
        self.operator("Clip", &[name("whole"), none, end], zero, Vec::new());
        self.quantise(value, (scale, zero), Some(2), output)
    }

    /// A scale or zero point that is one number for the whole tensor, by the name that a plain operator takes it by; `None` where it changes
    /// nothing.
    fn single(&mut self, parameter: &str, nothing: f32, name: &str) -> Result<Option<String>, String> {
        if !parameter.is_empty() && !self.fixed.contains_key(parameter) {
            return Ok(Some(parameter.to_owned()));
        }
        match self.parameter(parameter, nothing)?.as_slice() {
            [one] if *one == nothing => Ok(None),
            [one] => Ok(Some(self.number(name, &[], vec![*one]))),
            many if many.iter().all(|one| Some(one) == many.first()) => Ok(Some(self.number(name, &[], vec![many[0]]))),
            many => Err(format!(
                "quantises what depends on the picture with {} scales, one a channel; one for the whole tensor is read",
                many.len()
            )),
        }
    }

    /// The numbers of a scale or zero point; one where none is named.
    fn parameter(&self, name: &str, otherwise: f32) -> Result<Vec<f32>, String> {
        if name.is_empty() { Ok(vec![otherwise]) } else { self.numbers(name, "scale or zero point") }
    }

    fn numbers(&self, name: &str, what: &str) -> Result<Vec<f32>, String> {
        let fixed = self.fixed.get(name).ok_or_else(|| format!("has a {what} that depends on the picture"))?;
        let numbers = values(fixed).ok_or_else(|| format!("has a {what} of {}", named(fixed.data_type)))?;
        match numbers.iter().all(|number| number.is_finite()) && !numbers.is_empty() {
            true => Ok(numbers),
            false => Err(format!("has a {what} that is no number")),
        }
    }

    fn operator(&mut self, operator: &str, inputs: &[String], output: &str, attribute: Vec<AttributeProto>) {
        self.nodes.push(self::operator(operator, inputs.to_vec(), output, attribute));
    }

    fn number(&mut self, name: &str, dims: &[i64], values: Vec<f32>) -> String {
        self.added.push(tensor(name, dims, values));
        name.to_owned()
    }
}

/// The real numbers that the whole numbers of a tensor encode, with one scale and zero point or one for each index along an axis.
fn spread(fixed: &TensorProto, (scales, zeros): (&[f32], &[f32]), axis: i64) -> Result<Vec<f32>, String> {
    let numbers = values(fixed).ok_or_else(|| format!("takes \"{}\" of {}", fixed.name, named(fixed.data_type)))?;
    let rank = fixed.dims.len() as i64;
    let axis = usize::try_from(if axis < 0 { axis + rank } else { axis }).unwrap_or(usize::MAX);
    let many = scales.len().max(zeros.len());
    let along = fixed.dims.get(axis).and_then(|side| usize::try_from(*side).ok());
    if many > 1 && (along != Some(many) || [scales, zeros].iter().any(|of| of.len() != 1 && of.len() != many)) {
        return Err(format!(
            "has {} scales and {} zero points for \"{}\" of shape {:?}",
            scales.len(),
            zeros.len(),
            fixed.name,
            fixed.dims
        ));
    }
    let step: usize =
        fixed.dims.iter().skip(axis.saturating_add(1)).filter_map(|side| usize::try_from(*side).ok()).product();
    let of = |all: &[f32], at: usize| all.get(if all.len() == 1 { 0 } else { at / step.max(1) % many }).copied();
    let real = |(at, number): (usize, &f32)| Some((number - of(zeros, at)?) * of(scales, at)?);
    numbers.iter().enumerate().map(real).collect::<Option<_>>().ok_or_else(|| "lacks a scale".to_owned())
}
