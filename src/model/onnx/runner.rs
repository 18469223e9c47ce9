//! An ONNX graph, run on one picture at a time by tract, or by ONNX Runtime where its library was loaded.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tract_onnx::pb::tensor_shape_proto::{Dimension, dimension::Value as Side};
use tract_onnx::pb::{GraphProto, ModelProto, TensorProto, TensorShapeProto, TypeProto, ValueInfoProto, type_proto};
use tract_onnx::prelude::{
    Datum, Framework, InferenceFact, InferenceModel, InferenceModelExt, IntoRunnable, IntoTValue, Tensor, TractError,
    TractResult, TypedRunnableModel, tvec,
};

use super::card::PictureInput;
use super::graph::{AxisOrder, Graph};
use super::limits::LARGEST;
use crate::model::{FileProblem, ModelError};

/// A network that answers for one picture at a time: the workers share the pictures out, and a batch is no quicker than its
/// pictures one by one. Clones share the weights.
#[derive(Clone)]
pub struct Runner {
    plan: Arc<TypedRunnableModel>,
    shape: [usize; 4],
    place: Arc<str>,
    /// The graph of the plan.
    proto: Arc<ModelProto>,
    /// Sessions of ONNX Runtime, which answer instead of the plan.
    #[cfg(feature = "onnxruntime")]
    sessions: Option<Arc<super::onnxruntime::Sessions>>,
}

impl Runner {
    /// Makes the output of that name ready for pictures. `constants`: the inputs beside the picture, with their values.
    pub fn new(
        graph: &Graph,
        asked: (&PictureInput, &str),
        constants: &BTreeMap<String, Vec<f32>>,
        place: &str,
    ) -> Result<Runner, ModelError> {
        let runner = Runner::by_tract(graph, asked, constants, place)?;
        #[cfg(feature = "onnxruntime")]
        let runner = runner.faster()?;
        Ok(runner)
    }

    /// The same, run by tract in any case.
    pub(super) fn by_tract(
        graph: &Graph,
        (picture, output): (&PictureInput, &str),
        constants: &BTreeMap<String, Vec<f32>>,
        place: &str,
    ) -> Result<Runner, ModelError> {
        let operators = unsupported(&graph.proto);
        if !operators.is_empty() {
            return Err(ModelError::of_file(place, FileProblem::UnsupportedOperators { operators }));
        }
        let bound = bound(graph, (&picture.input, output), constants);
        let mut proto = bound.map_err(|what| ModelError::of_file(place, FileProblem::ChoiceDoesNotFit(what)))?;
        let side = picture.side;
        let shape = match picture.layout {
            AxisOrder::Nhwc => [1, side, side, 3],
            AxisOrder::Nchw => [1, 3, side, side],
        };
        fix(&mut proto, &picture.input, shape);
        Runner::ready(Arc::new(proto), shape, place.into())
    }

    /// The same, run by ONNX Runtime where its library was loaded.
    #[cfg(feature = "onnxruntime")]
    fn faster(self) -> Result<Runner, ModelError> {
        let sessions = super::onnxruntime::Sessions::open(&self.proto, self.shape);
        let sessions = sessions.map_err(|what| self.unusable(FileProblem::OnnxRuntime(what)))?;
        Ok(Runner { sessions: sessions.map(Arc::new), ..self })
    }

    fn ready(proto: Arc<ModelProto>, shape: [usize; 4], place: Arc<str>) -> Result<Runner, ModelError> {
        let plan = guarded(&place, || {
            let model = tract_onnx::onnx()
                .with_ignore_output_shapes(true)
                .with_ignore_output_types(true)
                .model_for_proto_model(&proto)?;
            let mut model = model.with_input_fact(0, InferenceFact::dt_shape(f32::datum_type(), shape))?;
            model.analyse(false)?;
            bounded(&model)?;
            model.into_optimized()?.into_runnable()
        })?;
        Ok(Runner {
            plan,
            shape,
            place,
            proto,
            #[cfg(feature = "onnxruntime")]
            sessions: None,
        })
    }

    /// What is run.
    #[cfg(all(test, feature = "onnxruntime"))]
    pub(super) fn proto(&self) -> &ModelProto {
        &self.proto
    }

    /// The graph that is run; other inputs than the picture hold their values.
    pub(crate) fn graph(&self) -> Option<&GraphProto> {
        self.proto.graph.as_ref()
    }

    /// The same graph, with these tensors of it for outputs.
    pub(crate) fn showing(&self, tensors: &[&str]) -> Result<Runner, ModelError> {
        let mut proto = (*self.proto).clone();
        let numbers = type_proto::Tensor { elem_type: 1, shape: None };
        let r#type = TypeProto { value: Some(type_proto::Value::TensorType(numbers)), ..TypeProto::default() };
        if let Some(graph) = &mut proto.graph {
            let outputs = tensors.iter().map(|name| ValueInfoProto {
                name: (*name).to_owned(),
                r#type: Some(r#type.clone()),
                ..ValueInfoProto::default()
            });
            graph.output = outputs.collect();
        }
        Runner::ready(Arc::new(proto), self.shape, self.place.clone())
    }

    /// Every output for the values of one picture, in its shape.
    pub(crate) fn run_shaped(&self, values: &[f32]) -> Result<Vec<candle_core::Tensor>, ModelError> {
        let outputs = guarded(&self.place, || {
            let picture = Tensor::from_shape(&self.shape, values)?;
            let outputs = self.plan.run(tvec!(picture.into_tvalue()))?;
            let shaped = outputs.iter().map(|output| Ok((output.shape().to_vec(), numbers(output)?)));
            shaped.collect::<TractResult<Vec<(Vec<usize>, Vec<f32>)>>>()
        })?;
        let tensor =
            |(shape, numbers)| candle_core::Tensor::from_vec::<_, f32>(numbers, shape, &candle_core::Device::Cpu);
        Ok(outputs.into_iter().map(tensor).collect::<candle_core::Result<_>>()?)
    }

    /// The same, with the numbers of another tensor of the graph beside those of the output.
    pub(super) fn beside(&self, tensor: &str) -> Result<Runner, ModelError> {
        let outputs = self.graph().map_or(&[] as &[_], |graph| graph.output.as_slice());
        let names: Vec<&str> = outputs.iter().map(|output| output.name.as_str()).chain([tensor]).collect();
        let runner = self.showing(&names)?;
        #[cfg(feature = "onnxruntime")]
        let runner = runner.faster()?;
        Ok(runner)
    }

    /// The numbers of the output for the values of one picture.
    pub fn run(&self, values: &[f32]) -> Result<Vec<f32>, ModelError> {
        Ok(self.run_all(values)?.into_iter().next().unwrap_or_default())
    }

    /// The numbers of every output for the values of one picture.
    pub(super) fn run_all(&self, values: &[f32]) -> Result<Vec<Vec<f32>>, ModelError> {
        #[cfg(feature = "onnxruntime")]
        if let Some(sessions) = &self.sessions {
            return sessions.run(values).map_err(|what| self.unusable(FileProblem::OnnxRuntime(what)));
        }
        guarded(&self.place, || {
            let picture = Tensor::from_shape(&self.shape, values)?;
            let outputs = self.plan.run(tvec!(picture.into_tvalue()))?;
            outputs.iter().map(|output| numbers(output)).collect()
        })
    }

    /// An error about this file.
    pub(super) fn unusable(&self, problem: FileProblem) -> ModelError {
        ModelError::of_file(&self.place, problem)
    }
}

/// Gives the picture its shape and takes every output the one that the file says: one picture is shown, whatever batch and size it was saved
/// for.
fn fix(proto: &mut ModelProto, picture: &str, shape: [usize; 4]) {
    let Some(graph) = &mut proto.graph else { return };
    let side = |side: usize| Dimension { value: Some(Side::DimValue(side as i64)), ..Dimension::default() };
    let inputs = graph.input.iter_mut().filter(|info| info.name == picture).map(|info| (info, Some(shape)));
    for (info, shape) in inputs.chain(graph.output.iter_mut().map(|info| (info, None))) {
        if let Some(type_proto::Value::TensorType(tensor)) = info.r#type.as_mut().and_then(|kind| kind.value.as_mut()) {
            tensor.shape = shape.map(|shape| TensorShapeProto { dim: shape.map(side).to_vec() });
        }
    }
}

/// The numbers of a tensor of any kind of numbers.
fn numbers(tensor: &Tensor) -> TractResult<Vec<f32>> {
    let tensor = tensor.cast_to::<f32>()?;
    Ok(tensor.to_plain_array_view::<f32>()?.iter().copied().collect())
}

/// What `work` makes; its error, or its panic, as one sentence: nobody vouches for a file from elsewhere.
fn guarded<T>(place: &str, work: impl FnOnce() -> TractResult<T>) -> Result<T, ModelError> {
    let unusable = |what: String| ModelError::of_file(place, FileProblem::NotRunnable(what));
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(unusable(error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": "))),
        Err(_) => Err(unusable("tract, the library that runs it, panicked".to_owned())),
    }
}

/// Refuses a model that would make an absurdly large tensor.
fn bounded(model: &InferenceModel) -> TractResult<()> {
    for node in model.nodes() {
        for output in &node.outputs {
            let Some(sides) = output.fact.shape.as_concrete_finite()? else { continue };
            let size = sides.iter().try_fold(1usize, |size, side| size.checked_mul(*side));
            if size.is_none_or(|size| size > LARGEST) {
                return Err(TractError::msg(format!(
                    "operator \"{}\" would make a tensor of {sides:?}; at most {LARGEST} elements are made",
                    node.name
                )));
            }
        }
    }
    Ok(())
}

/// The operators that tract does not know, by name.
fn unsupported(proto: &ModelProto) -> Vec<String> {
    let known = tract_onnx::onnx().op_register.0;
    let nodes = proto.graph.iter().flat_map(|graph| &graph.node);
    let unknown: BTreeSet<&str> =
        nodes.map(|node| node.op_type.as_str()).filter(|operator| !known.contains_key(*operator)).collect();
    unknown.into_iter().map(str::to_owned).collect()
}

/// The graph with one input, the picture, and one output: all other inputs hold the values given.
fn bound(
    graph: &Graph,
    (picture, output): (&str, &str),
    constants: &BTreeMap<String, Vec<f32>>,
) -> Result<ModelProto, String> {
    let mut proto = graph.proto.clone();
    let Some(parts) = &mut proto.graph else { return Err("holds no graph".to_owned()) };
    parts.output.retain(|info| info.name == output);
    if parts.output.is_empty() {
        let names: Vec<&str> = graph.outputs.iter().map(|output| output.name.as_str()).collect();
        return Err(format!("has no output \"{output}\"; there are: {}", names.join(", ")));
    }
    for inlet in graph.inputs.iter().filter(|inlet| inlet.name != picture) {
        let shape = inlet.described();
        let values = constants.get(&inlet.name).ok_or_else(|| {
            format!(
                "wants another input beside the picture, {shape}: give it values with --input {}=v1,v2,...",
                inlet.name
            )
        })?;
        let known = inlet.shape.iter().flatten().try_fold(1usize, |known, side| known.checked_mul(*side)).unwrap_or(0);
        let free = inlet.shape.iter().filter(|side| side.is_none()).count();
        if known == 0 || !values.len().is_multiple_of(known) || (free == 0 && values.len() != known) {
            return Err(format!("input \"{}\" is {shape} and was given {} values", inlet.name, values.len()));
        }
        // The first side that is free takes what is left, as a rule it is the batch and that is 1.
        let mut rest = Some((values.len() / known) as i64);
        let dims = inlet.shape.iter().map(|side| side.map_or_else(|| rest.take().unwrap_or(1), |side| side as i64));
        let dims = dims.collect();
        parts.initializer.push(TensorProto {
            name: inlet.name.clone(),
            data_type: 1,
            dims,
            float_data: values.clone(),
            ..TensorProto::default()
        });
    }
    match constants.keys().find(|name| !graph.inputs.iter().any(|inlet| inlet.name == **name)) {
        Some(name) => Err(format!("has no input \"{name}\" that could be given values")),
        None => Ok(proto),
    }
}
