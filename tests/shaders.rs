//! What can be said of the shaders without a device.

use std::collections::BTreeSet;
use std::path::Path;

use gpu_lstm::engine::gpu::KernelSource;
use gpu_lstm::engine::gpu::{Family, Interface};
use gpu_lstm::engine::kernels::{Kernels, other_sources};
use gpu_lstm::model::kernels::MusicKernels;
use wgpu::naga;

/// Stems of the files in `folder` that end in `.extension`.
fn stems(folder: &str, extension: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = files.map(|file| file.expect("a directory entry").path());
    let matching = paths.filter(|path| path.extension().is_some_and(|found| found == extension));
    matching.map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned()).collect()
}

fn without(mut names: BTreeSet<String>, others: &[&str]) -> BTreeSet<String> {
    names.retain(|name| !others.contains(&name.as_str()));
    names
}

/// Every text of every kernel as `family` runs it, with every tile.
fn sources(family: Family) -> Vec<KernelSource> {
    [Kernels::sources(family), MusicKernels::sources(family), other_sources(family)].concat()
}

/// Stems of Rust files of the engine and of the model.
fn wrappers_of(kind: &str, others: &[&str]) -> BTreeSet<String> {
    let folders = ["src/engine", "src/model"].map(|part| stems(&format!("{part}/{kind}"), "rs"));
    without(folders.into_iter().flatten().collect(), others)
}

#[test]
fn every_kernel_has_its_name_in_all_places() {
    let shaders = stems("shaders", "wgsl");
    assert!(shaders.len() > 10, "no shaders found");
    // Parts of `draw_field` with twins and tests of their own.
    let parts = ["find_candidates", "follow_event", "keep_melody", "sample"];
    assert!(parts.iter().all(|part| stems("shaders/draw_field", "wgsl").contains(*part)));
    assert_eq!(
        shaders,
        wrappers_of("kernels", &["mod", "draw_rules", "jobs", "lookup", "matrix", "variants"]),
        "host wrappers"
    );
    assert_eq!(shaders, wrappers_of("reference", &[&["mod", "random"], &parts[..]].concat()), "f64 twins");
    assert_eq!(shaders, without(stems("tests/kernels", "rs"), &[&["main"], &parts[..]].concat()), "parity tests");
    for folder in ["shaders/workgroup_tile", "shaders/subgroup8", "shaders/rowwise", "shaders/all_steps"] {
        assert!(stems(folder, "wgsl").is_subset(&shaders), "{folder}: variants of unknown kernels");
    }
    let bench = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/kernels.rs"));
    let bench = bench.expect("benches/kernels.rs");
    for name in &shaders {
        assert!(bench.contains(&format!("\"{name}\"")), "benches/kernels.rs has no group \"{name}\"");
    }
    for family in Family::ALL {
        let sources: BTreeSet<String> = sources(family).iter().map(|source| source.name.to_owned()).collect();
        assert_eq!(shaders, sources, "list of kernels");
    }
}

#[test]
fn host_and_shader_agree_on_params_and_entry_points() {
    for source in Family::ALL.into_iter().flat_map(sources) {
        let interface = Interface::parse(&source);
        let declared: Vec<(&str, &str)> = interface.params.iter().map(|(name, ty)| (name.as_str(), *ty)).collect();
        assert_eq!(declared, source.params, "fields of Params in {}", source.name);
        assert_eq!(interface.entry_point, source.name, "entry point");
    }
}

#[test]
fn variants_declare_the_interface_of_the_portable_text() {
    let portable = sources(Family::Portable);
    for family in Family::ALL {
        for (portable, variant) in portable.iter().zip(sources(family)) {
            let [portable, variant] = [portable, &variant].map(Interface::parse);
            assert_eq!(portable.buffers, variant.buffers, "bindings of {}, {family:?}", portable.entry_point);
            assert_eq!(portable.params, variant.params, "params of {}, {family:?}", portable.entry_point);
        }
    }
}

#[test]
fn every_shader_is_valid_and_keeps_to_the_default_limits() {
    for family in Family::ALL {
        let capabilities = match family {
            Family::Portable | Family::WorkgroupTile => naga::valid::Capabilities::empty(),
            Family::Subgroup8 => naga::valid::Capabilities::SUBGROUP,
        };
        for source in sources(family) {
            let (name, text) = (source.name, source.parts.concat());
            let module = naga::front::wgsl::parse_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            let mut validator = naga::valid::Validator::new(naga::valid::ValidationFlags::all(), capabilities);
            validator.subgroup_stages(naga::valid::ShaderStages::COMPUTE);
            validator.subgroup_operations(naga::valid::SubgroupOperationSet::all());
            validator.validate(&module).unwrap_or_else(|error| panic!("{name}: {error:?}"));

            let interface = Interface::parse(&source);
            let limits = wgpu::Limits::defaults();
            let buffers = u32::try_from(interface.buffers.len()).expect("few buffers");
            assert!(buffers <= limits.max_storage_buffers_per_shader_stage, "{name}: {buffers} storage buffers");
            let invocations: u32 = interface.workgroup_size.iter().product();
            assert!(invocations <= limits.max_compute_invocations_per_workgroup, "{name}: {invocations} invocations");
            let mut layouter = naga::proc::Layouter::default();
            layouter.update(module.to_ctx()).expect("types have a layout");
            let shared = |(_, variable): (_, &naga::GlobalVariable)| match variable.space {
                naga::AddressSpace::WorkGroup => layouter[variable.ty].size,
                _ => 0,
            };
            let shared: u32 = module.global_variables.iter().map(shared).sum();
            assert!(shared <= limits.max_compute_workgroup_storage_size, "{name}: {shared} bytes of workgroup memory");
        }
    }
}

#[test]
fn shaders_call_tanh_through_the_shared_file_only() {
    for source in Family::ALL.into_iter().flat_map(sources) {
        let text = source.parts.concat();
        let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
        for line in code {
            assert!(!line.contains("tanh("), "{}: `{line}` is undefined beyond 88", source.name);
        }
    }
}

#[test]
fn every_kind_of_adapter_has_its_family() {
    use wgpu::DeviceType::{Cpu, DiscreteGpu, IntegratedGpu, Other, VirtualGpu};
    for device_type in [DiscreteGpu, IntegratedGpu, VirtualGpu] {
        for subgroups in [None, Some([8, 8]), Some([32, 32])] {
            assert_eq!(Family::suited_to(device_type, subgroups), Family::WorkgroupTile);
        }
    }
    assert_eq!(Family::suited_to(Cpu, Some([8, 8])), Family::Subgroup8);
    for (device_type, subgroups) in [(Cpu, None), (Cpu, Some([4, 4])), (Cpu, Some([4, 8])), (Other, Some([8, 8]))] {
        assert_eq!(Family::suited_to(device_type, subgroups), Family::Portable);
    }
}

/// Chromium's compiler does not zero a variable without initialiser anew in each round of a loop.
#[test]
fn every_variable_of_a_function_has_a_first_value() {
    for source in Family::ALL.into_iter().flat_map(sources) {
        for line in source.parts.iter().flat_map(|part| part.lines()) {
            let declares = line.starts_with(' ') && line.trim_start().starts_with("var ");
            assert!(!declares || line.contains('='), "{}: `{line}` has no first value", source.name);
        }
    }
}

/// FXC compiles for DX12 where no DXC is found, and refuses to write a component of a vector by a computed index in a loop.
#[test]
fn no_component_of_a_vector_is_written_by_a_computed_index() {
    fn stores(block: &naga::Block, found: &mut Vec<naga::Handle<naga::Expression>>) {
        for statement in block {
            match statement {
                naga::Statement::Store { pointer, .. } => found.push(*pointer),
                naga::Statement::Block(block) => stores(block, found),
                naga::Statement::If { accept, reject, .. } => {
                    [accept, reject].into_iter().for_each(|block| stores(block, found));
                }
                naga::Statement::Switch { cases, .. } => cases.iter().for_each(|case| stores(&case.body, found)),
                naga::Statement::Loop { body, continuing, .. } => {
                    [body, continuing].into_iter().for_each(|block| stores(block, found));
                }
                _ => {}
            }
        }
    }
    for source in Family::ALL.into_iter().flat_map(sources) {
        let module = naga::front::wgsl::parse_str(&source.parts.concat()).expect("it parses");
        let capabilities = naga::valid::Capabilities::SUBGROUP;
        let mut validator = naga::valid::Validator::new(naga::valid::ValidationFlags::all(), capabilities);
        validator.subgroup_stages(naga::valid::ShaderStages::COMPUTE);
        validator.subgroup_operations(naga::valid::SubgroupOperationSet::all());
        let info = validator.validate(&module).expect("it is valid");
        let functions = module.functions.iter().map(|(handle, function)| (function, &info[handle]));
        let entries =
            module.entry_points.iter().enumerate().map(|(at, entry)| (&entry.function, info.get_entry_point(at)));
        for (function, info) in functions.chain(entries) {
            let mut pointers = Vec::new();
            stores(&function.body, &mut pointers);
            for pointer in pointers {
                let naga::Expression::Access { base, .. } = function.expressions[pointer] else { continue };
                let vector = match *info[base].ty.inner_with(&module.types) {
                    naga::TypeInner::Pointer { base, space: naga::AddressSpace::Function } => {
                        matches!(module.types[base].inner, naga::TypeInner::Vector { .. })
                    }
                    naga::TypeInner::ValuePointer { size, .. } => size.is_some(),
                    _ => false,
                };
                assert!(!vector, "{}, {:?}: write with `select` instead", source.name, function.name);
            }
        }
    }
}
