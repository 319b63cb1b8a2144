//! What an adapter can do at best, measured on the spot, so that each kernel reads as a share of it.

use std::time::Instant;

use serde::Serialize;

use crate::engine::gpu::{Gpu, Kernel, KernelSource, Plan, Recorder, Tensor, Uniform, params};
use crate::error::Result;

/// Limits of an adapter.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Limits {
    /// Multiplications and additions, in 10⁹ a second.
    pub gflop_per_s: f64,
    /// Bytes read and written, in 10⁹ a second.
    pub gb_per_s: f64,
    /// Microseconds of a dispatch that does next to nothing and waits for the one before.
    pub dispatch_us: f64,
    /// Microseconds of a submit whose result is read back.
    pub readback_us: f64,
}

mod multiply_add {
    use super::params;
    params! { rounds: u32 }
    pub(super) const fn new(rounds: u32) -> impl super::Uniform {
        Params { rounds }
    }
    pub(super) const FIELDS: crate::engine::gpu::ParamsLayout = <Params as super::Uniform>::FIELDS;
}

mod copy {
    use super::params;
    params! { len: u32 }
    pub(super) const fn new(len: u32) -> impl super::Uniform {
        Params { len }
    }
    pub(super) const FIELDS: crate::engine::gpu::ParamsLayout = <Params as super::Uniform>::FIELDS;
}

/// Invocations and rounds of the multiply-adds: 2³⁰ operations.
const INVOCATIONS: usize = 1 << 14;
const ROUNDS: u32 = 1 << 10;

/// Operations of a round: eight multiply-adds of four values.
const OPERATIONS: usize = 8 * 4 * 2;

/// Values that are copied: 64 MiB each way.
const COPIED: usize = 1 << 24;

const DISPATCHES: usize = 200;

impl Limits {
    /// Measures them: the best of several runs each.
    pub fn of(gpu: &Gpu) -> Result<Self> {
        let kernel = |name, text, params| Kernel::new(gpu, &KernelSource { name, parts: vec![text], params });
        let fma =
            kernel("multiply_add", include_str!("../../../shaders/probes/multiply_add.wgsl"), multiply_add::FIELDS);
        let copy_kernel = kernel("copy", include_str!("../../../shaders/probes/copy.wgsl"), copy::FIELDS);
        let out = Tensor::<f32, 1>::zeros(gpu, "probe", [INVOCATIONS])?;
        let (from, to) = gpu.catch_out_of_memory(|| {
            Ok((Tensor::<f32, 1>::zeros(gpu, "from", [COPIED])?, Tensor::<f32, 1>::zeros(gpu, "to", [COPIED])?))
        })?;
        let small = from.slice::<1>("small", 0, [64]);
        let small_to = to.slice::<1>("small", 0, [64]);

        let products = plan(gpu, |recorder| {
            let workgroups = [INVOCATIONS / 64, 1, 1];
            recorder.dispatch(&fma, &multiply_add::new(ROUNDS), workgroups, &[("out", (&out).into())]);
        })?;
        let copies = plan(gpu, |recorder| {
            let bindings = [("values", (&from).into()), ("out", (&to).into())];
            let workgroups = [COPIED / 4 / 64 / 4, 4, 1];
            recorder.dispatch(&copy_kernel, &copy::new((COPIED / 4) as u32), workgroups, &bindings);
        })?;
        let chain = plan(gpu, |recorder| {
            for at in 0..DISPATCHES {
                // Back and forth, so that each needs the one before.
                let (from, to) = if at % 2 == 0 { (&small, &small_to) } else { (&small_to, &small) };
                let bindings = [("values", from.into()), ("out", to.into())];
                recorder.dispatch(&copy_kernel, &copy::new(16), [1, 1, 1], &bindings);
            }
        })?;
        let one = plan(gpu, |recorder| {
            let bindings = [("values", (&small).into()), ("out", (&small_to).into())];
            recorder.dispatch(&copy_kernel, &copy::new(16), [1, 1, 1], &bindings);
        })?;

        let waited = |plan: &Plan| best(5, || plan.submit().and_then(|()| gpu.wait()));
        let readback = best(20, || one.submit().and_then(|()| small_to.read(gpu)).map(|_| ()))?;
        Ok(Self {
            gflop_per_s: (INVOCATIONS * ROUNDS as usize * OPERATIONS) as f64 / waited(&products)? * 1e-9,
            gb_per_s: (2 * 4 * COPIED) as f64 / waited(&copies)? * 1e-9,
            dispatch_us: (waited(&chain)? - waited(&one)?).max(0.0) / (DISPATCHES - 1) as f64 * 1e6,
            readback_us: readback * 1e6,
        })
    }
}

fn plan(gpu: &Gpu, record: impl FnOnce(&mut Recorder)) -> Result<Plan> {
    let mut recorder = Recorder::new(gpu, "probe");
    record(&mut recorder);
    recorder.finish()
}

/// Seconds of the fastest run, after one that does not count.
fn best(runs: usize, run: impl Fn() -> Result<()>) -> Result<f64> {
    run()?;
    let mut fastest = f64::INFINITY;
    for _ in 0..runs {
        let start = Instant::now();
        run()?;
        fastest = fastest.min(start.elapsed().as_secs_f64());
    }
    Ok(fastest)
}
