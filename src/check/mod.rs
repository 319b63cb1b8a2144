//! Whether an adapter computes what it should: drivers do miscompute, and a user cannot run the tests.
//!
//! Small networks of awkward sizes and the default one run on the adapter and in f64 ([`network`](mod@crate::model::reference::network)),
//! in every family of kernels that is asked for. What is compared stands in the order in which it is computed, so that the first
//! value that differs names the kernel that is wrong.

mod activations;
mod drawing;
mod networks;
pub mod speed;
mod training;

use std::time::Instant;

use serde::Serialize;

use crate::engine::gpu::{Family, Gpu};
use crate::engine::kernels::Kernels;
use crate::error::Result;
use crate::model::Model;

use networks::Network;

/// How far a value may be from its reference: `abs + rel · |reference|`.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Tolerance {
    /// In the unit of the values.
    pub abs: f64,
    /// Share of the value.
    pub rel: f64,
}

/// Activations pass through up to six layers, each a sum of some dozens of products and a gate; the default network's sums are
/// ten times as long, and its errors were up to 2e-6.
const ACTIVATIONS: Tolerance = Tolerance { abs: 5e-6, rel: 1e-4 };

/// One array, compared with its reference.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    /// What it is.
    pub name: String,
    /// The kernels that it comes from, the last one first.
    pub kernels: &'static str,
    /// The largest error.
    pub error: f64,
    /// The largest error as a share of what is allowed; above 1 it is wrong. Infinite where a value is not a number.
    pub share: f64,
}

/// What was checked of one network, for example its gradients.
#[derive(Clone, Debug, Serialize)]
pub struct Part {
    /// Its name.
    pub name: &'static str,
    /// In the order in which it is computed.
    pub compared: Vec<Compared>,
}

/// A network on a family of kernels.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// The family.
    pub family: String,
    /// The network.
    pub network: &'static str,
    /// What was checked.
    pub parts: Vec<Part>,
    /// How long it took.
    pub seconds: f64,
}

impl Part {
    /// The array that is wrong most.
    pub fn worst(&self) -> Option<&Compared> {
        self.compared.iter().max_by(|left, right| left.share.total_cmp(&right.share))
    }

    /// The first that is wrong.
    pub fn first_wrong(&self) -> Option<&Compared> {
        self.compared.iter().find(|compared| compared.share > 1.0)
    }
}

impl Finding {
    /// The first array that is wrong, and its part.
    pub fn first_wrong(&self) -> Option<(&Part, &Compared)> {
        self.parts.iter().find_map(|part| Some((part, part.first_wrong()?)))
    }
}

/// The families of kernels that an adapter runs, the one that it chooses first.
pub fn families(gpu: &Gpu) -> Vec<Family> {
    let others = Family::ALL.into_iter().filter(|&family| family != gpu.family() && gpu.with_family(family).is_some());
    std::iter::once(gpu.family()).chain(others).collect()
}

/// Checks each network on each of the families, and calls `found` after each.
///
/// # Errors
/// Where the adapter refuses a buffer or is lost. That it computes something wrong is a [`Finding`].
pub fn check(gpu: &Gpu, families: &[Family], mut found: impl FnMut(&Finding)) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for gpu in families.iter().filter_map(|&family| gpu.with_family(family)) {
        // Compiled once for all networks.
        let _kernels = gpu.shared(Kernels::new);
        let mut add = |network: &'static str, start: Instant, parts: Vec<Part>| {
            let family = format!("{:?}", gpu.family());
            let finding = Finding { family, network, parts, seconds: start.elapsed().as_secs_f64() };
            found(&finding);
            findings.push(finding);
        };
        for network in networks::networks() {
            let start = Instant::now();
            let parts = parts(&gpu, &network)?;
            add(network.name, start, parts);
        }
        let start = Instant::now();
        let parts = vec![Part { name: "events", compared: drawing::check(&gpu)? }];
        add("generation", start, parts);
    }
    Ok(findings)
}

fn parts(gpu: &Gpu, network: &Network) -> Result<Vec<Part>> {
    let (state, exact) = networks::weights(&network.config, 1, if network.whole { 0.5 } else { 0.15 });
    let model = Model::new(gpu, &network.config, &state)?;
    let mut parts = vec![
        Part { name: "activations", compared: activations::check(&model, network, &exact)? },
        Part { name: "gradients", compared: training::gradients(&model, network, &exact)? },
    ];
    if network.whole {
        parts.push(Part { name: "ten steps", compared: training::ten_steps(&model, network, &state, &exact)? });
    }
    Ok(parts)
}

/// Compares an array with its reference.
fn compare(
    name: impl Into<String>,
    kernels: &'static str,
    got: &[f64],
    want: &[f64],
    tolerance: Tolerance,
) -> Compared {
    assert_eq!(got.len(), want.len(), "lengths");
    let (mut error, mut share) = (0.0_f64, 0.0_f64);
    for (&got, &want) in got.iter().zip(want) {
        let difference = (got - want).abs();
        let difference = if difference.is_nan() { f64::INFINITY } else { difference };
        error = error.max(difference);
        share = share.max(difference / (tolerance.abs + tolerance.rel * want.abs()));
    }
    Compared { name: name.into(), kernels, error, share }
}
