use gpu_lstm::model::config::ModelConfig;
use gpu_lstm::model::kernels::{CANDIDATE_SIZE, CandidateHead, SCORE_SIZE};
use gpu_lstm::model::reference;
use gpu_lstm::music::candidates::{CANDIDATE_COLUMNS, CANDIDATE_ROWS, CANDIDATES};

use crate::common::device::{Device, devices, rounded};
use crate::common::network::{candidates, small_config};
use crate::common::numeric::random;
use crate::common::sum_of;

/// What both kernels of the candidates go by, for one head and any number of rows.
pub(crate) struct Case {
    pub(crate) head: usize,
    pub(crate) rows: usize,
    pub(crate) classes: usize,
    /// The candidates of all heads, `[R, 3, 8, 2]`.
    pub(crate) all: Vec<u32>,
    pub(crate) table: Vec<f64>,
    pub(crate) score: Vec<f64>,
    pub(crate) query: Vec<f64>,
    pub(crate) logits: Vec<f64>,
}

impl Case {
    pub(crate) fn new(head: usize, rows: usize) -> Self {
        // The offsets have as many classes as there may be candidates, so that some rows have all.
        let config = ModelConfig { output_vocab_sizes: vec![CANDIDATES, 5, 3], ..small_config(1) };
        let classes = config.output_vocab_sizes[head];
        Self {
            head,
            rows,
            classes,
            all: candidates(&config, 3, rows),
            table: rounded(random(1, CANDIDATE_ROWS * CANDIDATE_SIZE)),
            score: rounded(random(2, CANDIDATE_SIZE + 1)),
            query: rounded(random(4, rows * CANDIDATE_SIZE)),
            logits: rounded(random(5, rows * classes)),
        }
    }

    /// Those of the head, `[R, 8, 2]`.
    pub(crate) fn of_head(&self) -> Vec<u32> {
        self.all.chunks(2 * CANDIDATES).skip(self.head).step_by(3).flatten().copied().collect()
    }

    /// Where the query begins, behind the padded classes.
    pub(crate) const QUERY: usize = 8;

    /// `values` of the classes, NaN where nothing may be read, and the query's columns, in rows of 48.
    pub(crate) fn with_query(&self, values: &[f64], query: &[f64]) -> Vec<f64> {
        let row = |(values, query): (&[f64], &[f64])| {
            let padding = vec![f64::NAN; Self::QUERY - values.len()];
            [values, &padding, query, &[f64::NAN; 8]].concat()
        };
        values.chunks(self.classes).zip(query.chunks(CANDIDATE_SIZE)).flat_map(row).collect()
    }

    /// Tables and scores of all heads, those of the others NaN.
    pub(crate) fn stacked(&self, values: &[f64], size: usize) -> Vec<f64> {
        let mut all = vec![f64::NAN; 3 * size];
        all[self.head * size..][..values.len()].copy_from_slice(values);
        all
    }
}

fn run(device: &Device, case: &Case) -> Vec<f32> {
    let (rows, stride) = (case.rows, 48);
    let logits = device.tensor([1, rows, stride], &case.with_query(&case.logits, &case.query));
    let candidates = device.upload([1, rows, CANDIDATE_COLUMNS], &case.all);
    let table = case.stacked(&case.table, CANDIDATE_ROWS * CANDIDATE_SIZE);
    let table = device.tensor([3 * CANDIDATE_ROWS, CANDIDATE_SIZE], &table);
    let score = device.tensor([1, 3 * SCORE_SIZE], &case.stacked(&case.score, SCORE_SIZE));
    let evidence = device.nan([1, rows, 3 * CANDIDATES * CANDIDATE_SIZE]);
    device.run_music(|recorder, kernels| {
        let kernel = &kernels.candidate_bias;
        let head = CandidateHead { head: case.head, query: Case::QUERY, logits: &logits };
        kernel.record(recorder, &[head], &candidates, &table, &score, &evidence);
    });
    device.read(&logits).chunks(stride).flat_map(|row| row[..case.classes].to_vec()).collect()
}

#[test]
fn adds_the_scores_of_its_twin() {
    // The last has more rows than one dimension of a dispatch.
    for (head, rows) in [(0, 1), (1, 5), (2, 67), (0, 300), (1, 32_769)] {
        let case = Case::new(head, rows);
        let mut want = case.logits.clone();
        let candidates = case.of_head();
        reference::candidate_bias(case.classes, &candidates, &case.table, &case.score, &case.query, &mut want);
        assert!(rows < 5 || want != case.logits, "there are candidates");
        for device in devices() {
            let worst = crate::common::assert_close("candidate_bias", &run(device, &case), &want, sum_of(6 * 32));
            println!("parity | {:?} | candidate_bias {head} {rows} | {worst:.1e}", device.gpu.family());
        }
    }
}
