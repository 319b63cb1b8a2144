use gpu_lstm::engine::nn::Features;

#[test]
fn each_block_is_padded_on_its_own() {
    let features = Features { blocks: 2, size: 3 };
    let values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0];
    let mut want = vec![0.0; 32];
    for (block, at) in [0, 8, 16, 24].into_iter().enumerate() {
        want[at..at + 3].copy_from_slice(&values[3 * block..][..3]);
    }
    assert_eq!(features.pad(&values), want);
    assert_eq!(features.unpad(&want), values);
    assert_eq!((features.values(), features.columns(), features.column(4)), (6, 16, 9));
    assert_eq!(Features::from(5), Features { blocks: 1, size: 5 });
}
