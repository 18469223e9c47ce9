//! The methods by name, and what each is good for.

use super::need::{MapCells, Need};

/// A way to explain an answer, in the order of the contact sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// The attention weights of the cells (Ilse et al. 2018), whatever the class.
    Attention,
    /// Class activation map (Zhou et al. 2016); exact for a network that ends in an average and a linear head, as ours do. With attention it
    /// adds up to the logit for the weights as they are, and does not say what made them so.
    Cam,
    /// Grad-CAM (Selvaraju et al. 2017).
    GradCam,
    /// Grad-CAM++ (Chattopadhay et al. 2018).
    GradCamPlusPlus,
    /// HiResCAM (Draelos and Carin 2020).
    HiResCam,
    /// LayerCAM (Jiang et al. 2021), at the last map that is finer than the last one.
    LayerCam,
    /// Eigen-CAM (Muhammad and Yeasin 2020).
    EigenCam,
    /// Score-CAM (Wang et al. 2020).
    ScoreCam,
    /// Occlusion sensitivity (Zeiler and Fergus 2014).
    Occlusion,
    /// RISE (Petsiuk et al. 2018).
    Rise,
    /// Squared gradient (Simonyan et al. 2013).
    Sensitivity,
    /// Gradient times input.
    GradientInput,
    /// SmoothGrad (Smilkov et al. 2017).
    SmoothGrad,
    /// Integrated gradients (Sundararajan et al. 2017).
    IntegratedGradients,
    /// Deconvolution network (Zeiler and Fergus 2014).
    Deconvnet,
    /// Guided backpropagation (Springenberg et al. 2014).
    GuidedBackprop,
    /// Simple Taylor decomposition (Montavon et al. 2018, section 4.1).
    Taylor,
    /// Layer-wise relevance propagation, plain rule (Bach et al. 2015).
    LrpZero,
    /// Layer-wise relevance propagation, epsilon rule (Bach et al. 2015).
    LrpEpsilon,
    /// Layer-wise relevance propagation, gamma rule (Montavon et al. 2019).
    LrpGamma,
    /// Layer-wise relevance propagation, alpha-beta rule (Bach et al. 2015).
    LrpAlphaBeta,
    /// The usual composite: z-box at the picture, gamma below, epsilon above (Montavon et al. 2019).
    LrpComposite,
}

/// What is known of a method.
struct MethodFacts {
    method: Method,
    name: &'static str,
    needs: Need,
    cells: MapCells,
    signed: bool,
    about: &'static str,
}

/// One entry a method, in the order in which the methods are declared.
const TABLE: [MethodFacts; 22] = [
    MethodFacts {
        method: Method::Attention,
        name: "attention",
        needs: Need::Features,
        cells: MapCells::Features,
        signed: false,
        about: "how much each place counts in what the classes see, by an attention head's own weights; whatever the class, coarse",
    },
    MethodFacts {
        method: Method::Cam,
        name: "cam",
        needs: Need::Head,
        cells: MapCells::Features,
        signed: true,
        about: "where the last feature map speaks for the class; adds up to the score (with attention: for its weights as they are, not for what made them so), coarse",
    },
    MethodFacts {
        method: Method::GradCam,
        name: "grad-cam",
        needs: Need::Head,
        cells: MapCells::Features,
        signed: false,
        about: "the same by gradients; equal to cam up to scale without attention, negative parts cut off",
    },
    MethodFacts {
        method: Method::GradCamPlusPlus,
        name: "grad-cam++",
        needs: Need::Head,
        cells: MapCells::Features,
        signed: false,
        about: "grad-cam that weighs several places of one kind alike",
    },
    MethodFacts {
        method: Method::HiResCam,
        name: "hires-cam",
        needs: Need::Head,
        cells: MapCells::Features,
        signed: true,
        about: "gradient times feature map; equal to cam up to scale without attention",
    },
    MethodFacts {
        method: Method::LayerCam,
        name: "layer-cam",
        needs: Need::Pixels,
        cells: MapCells::Finer,
        signed: false,
        about: "feature map times positive gradient at a finer layer",
    },
    MethodFacts {
        method: Method::EigenCam,
        name: "eigen-cam",
        needs: Need::Features,
        cells: MapCells::Features,
        signed: false,
        about: "what stands out most in the last feature map, whatever the class",
    },
    MethodFacts {
        method: Method::ScoreCam,
        name: "score-cam",
        needs: Need::Features,
        cells: MapCells::Features,
        signed: false,
        about: "how well each feature map alone keeps the score; no gradients, slow",
    },
    MethodFacts {
        method: Method::Occlusion,
        name: "occlusion",
        needs: Need::Answers,
        cells: MapCells::Window,
        signed: true,
        about: "how far the score falls when a part is covered; no gradients, slow",
    },
    MethodFacts {
        method: Method::Rise,
        name: "rise",
        needs: Need::Answers,
        cells: MapCells::Window,
        signed: false,
        about: "mean score under random masks that show a place; no gradients, slow",
    },
    MethodFacts {
        method: Method::Sensitivity,
        name: "sensitivity",
        needs: Need::Pixels,
        cells: MapCells::Window,
        signed: false,
        about: "pixels that change the score most; grainy",
    },
    MethodFacts {
        method: Method::GradientInput,
        name: "gradient-input",
        needs: Need::Pixels,
        cells: MapCells::Window,
        signed: true,
        about: "gradient times pixel value; signed",
    },
    MethodFacts {
        method: Method::SmoothGrad,
        name: "smooth-grad",
        needs: Need::Pixels,
        cells: MapCells::Window,
        signed: false,
        about: "the gradient averaged over noisy copies",
    },
    MethodFacts {
        method: Method::IntegratedGradients,
        name: "integrated-gradients",
        needs: Need::Pixels,
        cells: MapCells::Window,
        signed: true,
        about: "gradients summed up on the way from a grey picture; adds up to the score's change; signed",
    },
    MethodFacts {
        method: Method::Deconvnet,
        name: "deconvnet",
        needs: Need::Pixels,
        cells: MapCells::Window,
        signed: false,
        about: "what pattern set the features off; hardly depends on the class or even on the weights of later layers (Adebayo et al. 2018): do not take it for evidence",
    },
    MethodFacts {
        method: Method::GuidedBackprop,
        name: "guided-backprop",
        needs: Need::Pixels,
        cells: MapCells::Window,
        signed: false,
        about: "sharp edges that set the features off; hardly depends on the class or even on the weights of later layers (Adebayo et al. 2018): do not take it for evidence",
    },
    MethodFacts {
        method: Method::Taylor,
        name: "taylor",
        needs: Need::Pixels,
        cells: MapCells::Window,
        signed: true,
        about: "first-order change from the nearest picture where the score is nothing; signed",
    },
    MethodFacts {
        method: Method::LrpZero,
        name: "lrp-0",
        needs: Need::Pixels,
        cells: MapCells::Window,
        signed: true,
        about: "the score handed down layer by layer, nothing lost on the way; noisy; signed",
    },
    MethodFacts {
        method: Method::LrpEpsilon,
        name: "lrp-epsilon",
        needs: Need::Pixels,
        cells: MapCells::Window,
        signed: true,
        about: "the same, small and contradictory contributions left out; signed",
    },
    MethodFacts {
        method: Method::LrpGamma,
        name: "lrp-gamma",
        needs: Need::Pixels,
        cells: MapCells::Window,
        signed: true,
        about: "the same, what speaks for a result favoured; signed",
    },
    MethodFacts {
        method: Method::LrpAlphaBeta,
        name: "lrp-alpha-beta",
        needs: Need::Pixels,
        cells: MapCells::Window,
        signed: true,
        about: "the same, for and against kept apart (alpha 2, beta 1); signed",
    },
    MethodFacts {
        method: Method::LrpComposite,
        name: "lrp-composite",
        needs: Need::Pixels,
        cells: MapCells::Window,
        signed: true,
        about: "the same with a rule for each depth: z-box at the picture, gamma, then epsilon; signed",
    },
];

impl Method {
    /// All of them, in the order of the contact sheet.
    pub const ALL: [Method; TABLE.len()] = {
        let mut all = [Method::Attention; TABLE.len()];
        let mut at = 0;
        while at < TABLE.len() {
            all[at] = TABLE[at].method;
            at += 1;
        }
        all
    };

    const fn facts(self) -> &'static MethodFacts {
        &TABLE[self as usize]
    }

    /// Its name on the command line and in file names.
    pub const fn name(self) -> &'static str {
        self.facts().name
    }

    /// What its map says, and what it does not.
    pub fn about(self) -> &'static str {
        self.facts().about
    }

    /// Whether its map has parts that speak against the class.
    pub fn signed(self) -> bool {
        self.facts().signed
    }

    /// What it must know of a classifier; [`Method::Cam`] and [`Method::Attention`] want a head of their kind as well.
    pub fn needs(self) -> Need {
        self.facts().needs
    }

    /// What the cells of its map are.
    pub fn cells(self) -> MapCells {
        self.facts().cells
    }

    /// A quick method whose map rests on another idea: the pixels that change the score most for attention and the class activation
    /// maps, which weigh what the network sees last, and a class activation map for all others.
    pub fn counterpart(self) -> Method {
        match self.cells() {
            MapCells::Features | MapCells::Finer => Method::Sensitivity,
            MapCells::Window => Method::LayerCam,
        }
    }

    /// The method of a name.
    pub fn named(name: &str) -> Option<Method> {
        Method::ALL.into_iter().find(|method| method.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_has_its_own_entry_and_name() {
        for (at, method) in Method::ALL.into_iter().enumerate() {
            assert_eq!((method as usize, method), (at, TABLE[at].method));
            assert_eq!(Method::named(method.name()), Some(method));
        }
    }
}
