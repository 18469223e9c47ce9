//! The methods by name, and what each is good for.

/// A way to explain an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// The weights that an attention head gives to the places (Ilse et al. 2018), whatever the class.
    Attention,
    /// Class activation map (Zhou et al. 2016); exact for a network that ends in an average and a linear head, as ours do. Where
    /// the average is weighed by attention it adds up to the logit all the same, but only with the weights as they are: it does
    /// not say what made them so.
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
    /// Occlusion sensitivity (Zeiler and Fergus 2014).
    Occlusion,
    /// RISE (Petsiuk et al. 2018).
    Rise,
}

/// What a method must know of a classifier, each more than the ones before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Its answers.
    Answers,
    /// Its last feature map.
    Features,
    /// The gradient by the last feature map.
    Head,
    /// The way back to the pixels.
    Pixels,
}

/// What the values of a map stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Places of the last feature map.
    Features,
    /// Places of the last feature map before the last that is coarser.
    Finer,
    /// Equal shares of the window: its pixels, or patches.
    Window,
}

impl Method {
    /// All of them, in the order of the contact sheet.
    pub const ALL: [Method; 22] = [
        Method::Attention,
        Method::Cam,
        Method::GradCam,
        Method::GradCamPlusPlus,
        Method::HiResCam,
        Method::LayerCam,
        Method::EigenCam,
        Method::ScoreCam,
        Method::Occlusion,
        Method::Rise,
        Method::Sensitivity,
        Method::GradientInput,
        Method::SmoothGrad,
        Method::IntegratedGradients,
        Method::Deconvnet,
        Method::GuidedBackprop,
        Method::Taylor,
        Method::LrpZero,
        Method::LrpEpsilon,
        Method::LrpGamma,
        Method::LrpAlphaBeta,
        Method::LrpComposite,
    ];

    /// Its name on the command line and in file names.
    pub const fn name(self) -> &'static str {
        match self {
            Method::Attention => "attention",
            Method::Cam => "cam",
            Method::GradCam => "grad-cam",
            Method::GradCamPlusPlus => "grad-cam++",
            Method::HiResCam => "hires-cam",
            Method::LayerCam => "layer-cam",
            Method::EigenCam => "eigen-cam",
            Method::ScoreCam => "score-cam",
            Method::Sensitivity => "sensitivity",
            Method::GradientInput => "gradient-input",
            Method::SmoothGrad => "smooth-grad",
            Method::IntegratedGradients => "integrated-gradients",
            Method::Deconvnet => "deconvnet",
            Method::GuidedBackprop => "guided-backprop",
            Method::Taylor => "taylor",
            Method::LrpZero => "lrp-0",
            Method::LrpEpsilon => "lrp-epsilon",
            Method::LrpGamma => "lrp-gamma",
            Method::LrpAlphaBeta => "lrp-alpha-beta",
            Method::LrpComposite => "lrp-composite",
            Method::Occlusion => "occlusion",
            Method::Rise => "rise",
        }
    }

    /// What its map says, and what it does not.
    pub fn about(self) -> &'static str {
        match self {
            Method::Attention => {
                "how much each place counts in what the classes see, by an attention head's own weights; whatever the class, coarse"
            }
            Method::Cam => {
                "where the last feature map speaks for the class; adds up to the score (with attention: for its weights as they are, \
                 not for what made them so), coarse"
            }
            Method::GradCam => {
                "the same by gradients; equal to cam up to scale without attention, negative parts cut off"
            }
            Method::GradCamPlusPlus => "grad-cam that weighs several places of one kind alike",
            Method::HiResCam => "gradient times feature map; equal to cam up to scale without attention",
            Method::LayerCam => "feature map times positive gradient at a finer layer",
            Method::EigenCam => "what stands out most in the last feature map, whatever the class",
            Method::ScoreCam => "how well each feature map alone keeps the score; no gradients, slow",
            Method::Sensitivity => "pixels that change the score most; grainy",
            Method::GradientInput => "gradient times pixel value; signed",
            Method::SmoothGrad => "the gradient averaged over noisy copies",
            Method::IntegratedGradients => {
                "gradients summed up on the way from a grey picture; adds up to the score's change; signed"
            }
            Method::Deconvnet => {
                "what pattern set the features off; hardly depends on the class or even on the weights of later layers \
                 (Adebayo et al. 2018): do not take it for evidence"
            }
            Method::GuidedBackprop => {
                "sharp edges that set the features off; hardly depends on the class or even on the weights of later layers \
                 (Adebayo et al. 2018): do not take it for evidence"
            }
            Method::Taylor => "first-order change from the nearest picture where the score is nothing; signed",
            Method::LrpZero => "the score handed down layer by layer, nothing lost on the way; noisy; signed",
            Method::LrpEpsilon => "the same, small and contradictory contributions left out; signed",
            Method::LrpGamma => "the same, what speaks for a result favoured; signed",
            Method::LrpAlphaBeta => "the same, for and against kept apart (alpha 2, beta 1); signed",
            Method::LrpComposite => {
                "the same with a rule for each depth: z-box at the picture, gamma, then epsilon; signed"
            }
            Method::Occlusion => "how far the score falls when a part is covered; no gradients, slow",
            Method::Rise => "mean score under random masks that show a place; no gradients, slow",
        }
    }

    /// Whether its map has parts that speak against the class.
    pub fn signed(self) -> bool {
        use Method::{Cam, GradientInput, HiResCam, IntegratedGradients, Occlusion, Taylor};
        use Method::{LrpAlphaBeta, LrpComposite, LrpEpsilon, LrpGamma, LrpZero};
        matches!(
            self,
            Cam | HiResCam
                | GradientInput
                | IntegratedGradients
                | Taylor
                | LrpZero
                | LrpEpsilon
                | LrpGamma
                | LrpAlphaBeta
                | LrpComposite
                | Occlusion
        )
    }

    /// A quick method whose map rests on another idea: the pixels that change the score most for attention and the class activation
    /// maps, which weigh what the network sees last, and a class activation map for all others.
    pub fn counterpart(self) -> Method {
        match self.of() {
            Of::Features | Of::Finer => Method::Sensitivity,
            Of::Window => Method::LayerCam,
        }
    }

    /// What it must know of a classifier. [`Method::Cam`] also wants one whose head is linear in an average of its last feature map,
    /// [`Method::Attention`] one that weighs that by attention.
    pub fn needs(self) -> Need {
        match self {
            Method::Occlusion | Method::Rise => Need::Answers,
            Method::Attention | Method::EigenCam | Method::ScoreCam => Need::Features,
            Method::Cam | Method::GradCam | Method::GradCamPlusPlus | Method::HiResCam => Need::Head,
            _ => Need::Pixels,
        }
    }

    /// What the values of its map stand for.
    pub fn of(self) -> Of {
        use Method::{Attention, Cam, EigenCam, GradCam, GradCamPlusPlus, HiResCam, LayerCam, ScoreCam};
        match self {
            Attention | Cam | GradCam | GradCamPlusPlus | HiResCam | EigenCam | ScoreCam => Of::Features,
            LayerCam => Of::Finer,
            _ => Of::Window,
        }
    }

    /// The method of a name.
    pub fn named(name: &str) -> Option<Method> {
        Method::ALL.into_iter().find(|method| method.name() == name)
    }
}
