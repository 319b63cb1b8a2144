//! A compute pipeline whose interface is read from its own WGSL.
//!
//! A shader declares its bindings, its `Params` and its workgroup size once. The host parses the same text with naga,
//! so buffers are bound by name and a field or a type that differs is found when the kernel is made, not in the numbers.

use std::fmt::Write as _;

use wgpu::naga;

use super::{Binding, Gpu};

/// The text of one kernel and the interface that its host wrapper expects.
#[derive(Clone, Debug)]
pub struct KernelSource {
    /// Name of the shader file, of its entry point and of the pipeline.
    pub name: &'static str,
    /// The kernel first, then the shared functions it needs: WGSL does not care about order, and the line numbers of
    /// messages stay those of the kernel's file.
    pub parts: Vec<&'static str>,
    /// Fields of the wrapper's `Params`: name and type, in order. Empty for a kernel without parameters.
    pub params: ParamsLayout,
}

/// Field names and WGSL types of a `Params` struct.
pub type ParamsLayout = &'static [(&'static str, &'static str)];

/// A host struct that fills a shader's `Params`; the `params!` macro writes the implementation.
pub trait Uniform {
    /// Field names and WGSL types, in order.
    const FIELDS: ParamsLayout;
    /// The fields one after the other, little endian, as WGSL lays out a struct of 4-byte scalars.
    fn to_bytes(&self) -> Vec<u8>;
}

/// Declares the `Params` of a kernel wrapper: a struct of `u32` and `f32` with the same field names as in the shader.
macro_rules! params {
    ($($name:ident: $scalar:ident),* $(,)?) => {
        /// The shader's `Params`.
        #[derive(Clone, Copy, Debug)]
        pub(super) struct Params { $($name: $scalar),* }
        impl $crate::engine::gpu::Uniform for Params {
            const FIELDS: $crate::engine::gpu::ParamsLayout = &[$((stringify!($name), stringify!($scalar))),*];
            fn to_bytes(&self) -> Vec<u8> {
                let mut bytes = Vec::new();
                $(bytes.extend_from_slice(&self.$name.to_le_bytes());)*
                bytes
            }
        }
    };
}
pub(crate) use params;

/// One buffer or image that a shader declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Name of the variable.
    pub name: String,
    /// Its `@binding`.
    pub index: u32,
    /// `f32` or `u32`, also for arrays of vectors of them.
    pub element: &'static str,
    /// True for `var<storage, read_write>`.
    pub writable: bool,
    /// True for an image, see [`Tensor::with_image`].
    pub image: bool,
}

/// What a shader declares: found by parsing, never restated.
#[derive(Clone, Debug)]
pub struct Interface {
    /// Storage buffers and images in order of their binding index.
    pub buffers: Vec<Declared>,
    /// Binding index of the uniform `params`, if there is one.
    pub params_index: Option<u32>,
    /// Its fields: name and type.
    pub params: Vec<(String, &'static str)>,
    /// How many of them the uniform holds: 1, or the length of an array of them.
    pub jobs: usize,
    /// Invocations of a workgroup in x, y and z.
    pub workgroup_size: [u32; 3],
    /// Name of the entry point.
    pub entry_point: String,
}

impl Interface {
    /// Parses a kernel.
    ///
    /// # Panics
    /// If the WGSL does not parse or breaks one of the house rules (one entry point, group 0, arrays of 32-bit values).
    pub fn parse(source: &KernelSource) -> Self {
        let name = source.name;
        let text = source.parts.concat();
        let module = naga::front::wgsl::parse_str(&text)
            .unwrap_or_else(|error| panic!("shader `{name}`:\n{}", error.emit_to_string(&text)));
        let [entry] = module.entry_points.as_slice() else { panic!("shader `{name}` must have one entry point") };
        let mut interface = Self {
            buffers: Vec::new(),
            params_index: None,
            params: Vec::new(),
            jobs: 1,
            workgroup_size: entry.workgroup_size,
            entry_point: entry.name.clone(),
        };
        for (_, variable) in module.global_variables.iter() {
            let Some(binding) = variable.binding else { continue };
            let variable_name = variable.name.clone().unwrap_or_default();
            assert_eq!(binding.group, 0, "shader `{name}`: `{variable_name}` is not in group 0");
            match variable.space {
                naga::AddressSpace::Uniform => {
                    interface.params_index = Some(binding.binding);
                    let (ty, jobs) = match module.types[variable.ty].inner {
                        naga::TypeInner::Array { base, size: naga::ArraySize::Constant(count), .. } => {
                            (base, count.get() as usize)
                        }
                        _ => (variable.ty, 1),
                    };
                    interface.params = struct_fields(&module, ty, name);
                    interface.jobs = jobs;
                }
                naga::AddressSpace::Storage { access } => interface.buffers.push(Declared {
                    name: variable_name,
                    index: binding.binding,
                    element: array_element(&module, variable.ty, name),
                    writable: access.contains(naga::StorageAccess::STORE),
                    image: false,
                }),
                naga::AddressSpace::Handle => interface.buffers.push(Declared {
                    name: variable_name,
                    index: binding.binding,
                    element: "f32",
                    writable: false,
                    image: true,
                }),
                _ => {}
            }
        }
        interface.buffers.sort_by_key(|buffer| buffer.index);
        interface
    }

    fn names(&self) -> String {
        self.buffers.iter().map(|buffer| buffer.name.as_str()).collect::<Vec<_>>().join(", ")
    }
}

fn scalar_name(scalar: naga::Scalar) -> &'static str {
    match (scalar.kind, scalar.width) {
        (naga::ScalarKind::Float, 4) => "f32",
        (naga::ScalarKind::Uint, 4) => "u32",
        _ => "unsupported",
    }
}

fn array_element(module: &naga::Module, ty: naga::Handle<naga::Type>, name: &str) -> &'static str {
    let naga::TypeInner::Array { base, .. } = module.types[ty].inner else {
        panic!("shader `{name}`: a buffer is no array")
    };
    match module.types[base].inner {
        naga::TypeInner::Scalar(scalar) | naga::TypeInner::Vector { scalar, .. } => scalar_name(scalar),
        _ => panic!("shader `{name}`: a buffer holds neither scalars nor vectors"),
    }
}

fn struct_fields(module: &naga::Module, ty: naga::Handle<naga::Type>, name: &str) -> Vec<(String, &'static str)> {
    let naga::TypeInner::Struct { members, .. } = &module.types[ty].inner else {
        panic!("shader `{name}`: params is no struct")
    };
    let field = |member: &naga::StructMember| {
        let naga::TypeInner::Scalar(scalar) = module.types[member.ty].inner else {
            panic!("shader `{name}`: Params holds u32 and f32 only")
        };
        (member.name.clone().unwrap_or_default(), scalar_name(scalar))
    };
    members.iter().map(field).collect()
}

/// A compiled shader. Clones share the pipeline.
#[derive(Clone, Debug)]
pub struct Kernel {
    pub(super) name: &'static str,
    pub(super) pipeline: wgpu::ComputePipeline,
    pub(super) interface: Interface,
}

impl Kernel {
    /// Compiles a kernel.
    ///
    /// # Panics
    /// If the shader is invalid, or its `Params` are not those of the wrapper: bugs, which the shader tests find.
    pub fn new(gpu: &Gpu, source: &KernelSource) -> Self {
        let interface = Interface::parse(source);
        let declared: Vec<(&str, &str)> = interface.params.iter().map(|(name, ty)| (name.as_str(), *ty)).collect();
        assert_eq!(declared, source.params, "kernel `{}`: fields of Params, shader against wrapper", source.name);
        let module = gpu.device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(source.name),
            source: wgpu::ShaderSource::Wgsl(source.parts.concat().into()),
        });
        let pipeline = gpu.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(source.name),
            layout: None,
            module: &module,
            entry_point: Some(source.name),
            // Where a driver cannot do it, wgpu would let one invocation clear all of it, and no kernel reads what none wrote.
            compilation_options: wgpu::PipelineCompilationOptions {
                zero_initialize_workgroup_memory: false,
                ..wgpu::PipelineCompilationOptions::default()
            },
            cache: None,
        });
        Self { name: source.name, pipeline, interface }
    }

    /// Puts named tensors in the order of the shader's bindings.
    ///
    /// # Panics
    /// If a name is missing or unknown, or a tensor has the wrong element type.
    #[track_caller]
    pub(super) fn arrange(&self, named: &[(&str, Binding)]) -> Vec<(u32, Binding)> {
        let mut problems = String::new();
        for (name, _) in named {
            if !self.interface.buffers.iter().any(|buffer| buffer.name == *name) {
                let _ = write!(problems, " no binding is called `{name}`;");
            }
        }
        let mut arranged = Vec::with_capacity(named.len());
        for buffer in &self.interface.buffers {
            match named.iter().find(|(name, _)| *name == buffer.name) {
                Some((_, binding)) if buffer.image && binding.image.is_none() => {
                    let _ = write!(problems, " `{}` is an image, {} has none;", buffer.name, binding.label);
                }
                Some((_, binding)) if binding.element == buffer.element => {
                    let image = binding.image.clone().filter(|_| buffer.image);
                    arranged.push((buffer.index, Binding { image, ..binding.clone() }));
                }
                Some((_, binding)) => {
                    let _ = write!(
                        problems,
                        " `{}` holds {}, {} is {};",
                        buffer.name, buffer.element, binding.label, binding.element
                    );
                }
                None => {
                    let _ = write!(problems, " no buffer given for `{}`;", buffer.name);
                }
            }
        }
        assert!(
            problems.is_empty(),
            "kernel `{}`:{problems} the shader declares {}",
            self.name,
            self.interface.names()
        );
        arranged
    }
}
