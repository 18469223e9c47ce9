//! Damaged and hostile files end in one sentence. `examples/fuzz_onnx.rs` does the same for as long as one likes.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use tract_onnx::pb::{GraphProto, TensorProto};

use super::mutate::damaged;
use super::rich::rich;
use super::tiny::{bytes, graph, model, node, tensor};
use super::tried::tried;

#[test]
fn whatever_a_file_says_it_is_a_classifier_or_a_sentence() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut loaded = 0;
    for (kind, count) in [(model(), 150), (rich(), 100)] {
        for _ in 0..count {
            match tried(&damaged(&kind, &mut rng)) {
                Ok(_) => loaded += 1,
                Err(sentence) => assert!(!sentence.contains('\n'), "{sentence}"),
            }
        }
    }
    assert!(loaded > 20, "{loaded}: most damage goes unnoticed, so that what comes behind the checks is tried as well");
}

#[test]
fn what_would_take_time_or_memory_without_end_is_refused() {
    let refused = |change: &dyn Fn(&mut GraphProto)| {
        let mut model = model();
        change(graph(&mut model));
        let sentence = tried(&bytes(&model)).unwrap_err();
        assert!(sentence.starts_with("file.onnx: ") && !sentence.contains('\n'), "{sentence}");
        sentence
    };
    // tract goes round in circles.
    let order = refused(&|graph| graph.node[0].attribute[0].ints = vec![0, 1, 1, 2]);
    assert!(order.contains("perm [0, 1, 1, 2], which is no order of axes"), "{order}");
    let enlarging = |operator: &str, times: TensorProto| {
        refused(&|graph| {
            graph.node.insert(1, node(operator, &["nchw", "", "times"], "large"));
            graph.node[2].input[0] = "large".to_owned();
            graph.initializer.push(times.clone());
        })
    };
    let times = tensor("times", &[4], &[1.0, 1.0, 1e6, 1e6]);
    assert!(enlarging("Resize", times).contains("4096 times"));
    let repeats = TensorProto { data_type: 7, int64_data: vec![1, 1, 1 << 20, 1 << 20], ..tensor("times", &[4], &[]) };
    assert!(enlarging("Tile", repeats).contains("4096 times"));
    let far = refused(&|graph| graph.node[0].attribute[0].ints = vec![1 << 40]);
    assert!(far.contains("perm 1099511627776; allowed: -8 to 8"), "{far}");
    let name = refused(&|graph| graph.node[3].input[1] = "one\nand another".to_owned());
    assert!(name.contains("one and another"), "{name}");
}
