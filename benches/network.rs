//! How fast the bundled network answers on one core: every convolution by itself, a batch of windows, a coarse level.
//!
//! `cargo bench --bench network`; throughput in multiply-adds a second ("Gelem/s" times two are GFLOP/s).

#![allow(missing_docs, clippy::unwrap_used, reason = "criterion's macros; a failed bench is a failed bench")]

use candle_core::Shape;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use image::RgbImage;
use lesionscope::model::Model;
use lesionscope::model::ops::conv::DirectConvolution;
use lesionscope::model::ops::convolve::Convolve;
use lesionscope::model::ops::winograd::Winograd;
use lesionscope::model::own::architecture::Architecture;
use lesionscope::model::own::bundled::{bundled, opinion};
use lesionscope::model::own::network::{GATE_CLASSES, Network};
use lesionscope::model::own::zoo;
use lesionscope::train::parameters::Parameters;

/// Windows of a job, as the scan hands them out.
const WINDOWS: usize = 12;
/// A tile of the coarse level: 32 windows of 20 px, 4 px apart, both ways.
const TILE: (usize, usize) = (144, 144);

fn convolutions(c: &mut Criterion) {
    let card = bundled().unwrap().card().clone();
    let side = card.classifier.side;
    chain(c, "classifier", &card.classifier, (WINDOWS, side, side));
    chain(c, "coarse", &card.gate, (1, TILE.1, TILE.0));
}

fn chain(c: &mut Criterion, name: &str, network: &Architecture, (n, mut h, mut w): (usize, usize, usize)) {
    let mut group = c.benchmark_group(name);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    for step in network.steps(name) {
        let Some(conv) = step.convolutions().first() else { continue };
        let g = conv.geometry;
        let (oh, ow) = (g.output(h), g.output(w));
        let taps = g.kernel * g.kernel * conv.input;
        let ours = DirectConvolution::new(&noise(taps * conv.output), &noise(conv.output), g, conv.activation);
        let (x, shape) = (noise(n * h * w * conv.input), Shape::from((n, h, w, conv.input)));
        group.throughput(Throughput::Elements((n * oh * ow * taps * conv.output) as u64));
        let label = format!("{}: {h}x{w}x{}-{}", conv.name, conv.input, conv.output);
        group.bench_function(&label, |b| pool.install(|| b.iter(|| ours.forward(&x, &shape, None).unwrap())));
        if Winograd::fits(g, conv.input, conv.output) {
            let ours = Winograd::new(&noise(taps * conv.output), &noise(conv.output), conv.activation);
            let label = format!("{label}, winograd");
            group.bench_function(&label, |b| pool.install(|| b.iter(|| ours.forward(&x, &shape, None).unwrap())));
        }
        (h, w) = (oh, ow);
    }
    group.finish();
}

fn answers(c: &mut Criterion) {
    let mut network = bundled().unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let picture =
        |w: usize, h: usize| RgbImage::from_fn(w as u32, h as u32, |x, y| image::Rgb([(x * 7 + y * 13) as u8; 3]));
    let windows = vec![picture(64, 64); WINDOWS];
    let tile = picture(TILE.0, TILE.1);
    let mut group = c.benchmark_group("answers");
    group.throughput(Throughput::Elements(WINDOWS as u64));
    group.bench_function("windows", |b| pool.install(|| b.iter(|| network.classify(&windows).unwrap())));
    group.throughput(Throughput::Elements(1));
    let mut second = opinion().unwrap();
    let side = second.input_side() as usize;
    let window = [picture(side, side)];
    group.bench_function("window of the second opinion", |b| {
        pool.install(|| b.iter(|| second.classify(&window).unwrap()))
    });
    group.bench_function("tile of the coarse level", |b| pool.install(|| b.iter(|| network.coarse(&tile).unwrap())));
    group.finish();
}

/// Every network that `train` knows, untrained, for windows of its usual side, a job's worth at once and one alone.
fn networks(c: &mut Criterion) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let mut group = c.benchmark_group("networks");
    for name in zoo::NAMES {
        let side = zoo::usual_side(name).unwrap();
        let mut card = bundled().unwrap().card().clone();
        card.classifier = zoo::classifier(name, side).unwrap();
        let (classifier, gate) = (card.classifier_blocks(), card.gate_blocks());
        let mut parameters = Parameters::default();
        let mut numbers = noise(1 << 16).into_iter().cycle();
        let mut number = || numbers.next().unwrap();
        parameters.add_chain(&classifier, &mut number).unwrap();
        parameters.add_chain(&gate, &mut number).unwrap();
        let heads =
            [("classes", card.classifier.features(), card.classes.len()), ("context", card.classifier.features(), 1)];
        for (head, inputs, outputs) in heads.into_iter().chain([("gate_classes", card.gate.features(), GATE_CLASSES)]) {
            parameters.add_head(head, inputs, outputs, &mut number).unwrap();
        }
        let mut network = Network::from_tensors(card, parameters.tensors().unwrap()).unwrap();
        for count in [WINDOWS, 1] {
            let windows =
                vec![
                    RgbImage::from_fn(side as u32, side as u32, |x, y| image::Rgb([(x * 7 + y * 13) as u8; 3]));
                    count
                ];
            group.throughput(Throughput::Elements(count as u64));
            let label = format!("{name}, {side} px, {count} at once");
            group.bench_function(label, |b| pool.install(|| b.iter(|| network.classify(&windows).unwrap())));
        }
    }
    group.finish();
}

fn noise(count: usize) -> Vec<f32> {
    (0..count as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 16) as f32 / 65_536.0 - 0.5).collect()
}

criterion_group!(benches, convolutions, answers, networks);
criterion_main!(benches);
