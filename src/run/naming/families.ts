/** Families of models whose members are told apart by a number or letter behind the name: `resnet_50`, `efficientnet-b7`. */
const FAMILIES =
  'resnet|resnext|wide_?resnet|preresnet|vgg|densenet|efficientnet(?:v2)?|mobilenet(?:v\\d)?|shufflenet|squeezenet|inception|regnet|convnext|' +
  'vit|deit|beit|swin|mit|segformer|pvt|clip|dino(?:v2)?|sam|mae|bert|roberta|deberta|albert|electra|gpt|llama|mistral|mixtral|qwen|gemma|phi|opt|' +
  'pythia|bloom|falcon|olmo|t5|bart|mamba|rwkv|whisper|wav2vec|unet|darknet|yolo(?:v\\d+)?|ssd|alexnet|lenet|cifar|mnist|imagenet';

/** A text that ends in the name of such a family and perhaps a separator. */
export const MODEL_FAMILY = new RegExp(`(?:^|[^\\p{L}\\p{N}])(?:${FAMILIES})[\\s_\\-]?$`, 'iu');

/** Words behind which a number is a setting, a size or a repetition, and no step. */
const SETTINGS =
  'lr|learning_?rate|wd|weight_?decay|seed|seeds|bs|bsz|batch|batch_?size|dim|dims|width|depth|size|res|resolution|heads|hidden|hidden_?size|channels|ch|' +
  'n|k|d|h|w|p|dropout|drop|alpha|beta|gamma|lambda|temp|temperature|eps|momentum|rank|lora|run|trial|exp|experiment|fold|split|version|v|job|' +
  'task|config|cfg|try|repeat|fp|bf|int|bit|bits|nodes?|gpus|tokens|params|ctx|context|len|length|seq_?len|max_?len|crop|scale|groups?|kernel|stride';

/** A text that ends in such a word. */
export const SETTING = new RegExp(`(?:^|[^\\p{L}\\p{N}])(?:${SETTINGS})[\\s_\\-=]?$`, 'iu');

/** Whether a number behind the text is neither a step nor a sample. */
export function isSetting(text: string): boolean {
  return SETTING.test(text) || MODEL_FAMILY.test(text);
}

/** Words for one of several inputs that were fed to the network at one step. */
const ITEMS =
  'prompts?|samples?|examples?|images?|imgs?|inputs?|docs?|documents?|sentences?|questions?|statements?|sequences?|seqs?|chunks?|parts?|items?|instances?|subjects?|patients?|clips?|frames?|videos?';

/** `prompt_3` at the end of a name. */
export const ITEM = new RegExp(`(?<![\\p{L}\\p{N}])(?:${ITEMS})[\\s_\\-=#]?(\\d{1,15})$`, 'iu');

/** `prompt_3` in front of a layer's name: `img_001_conv1`. */
export const LEADING_ITEM = new RegExp(`^(?:${ITEMS})[\\s_\\-=#]?(\\d{1,15})(?=[\\s_\\-.]\\S)`, 'iu');

/** Sizes are powers of two more often than steps are. */
export function isPowerOfTwo(value: number): boolean {
  return value >= 1 && Number.isInteger(Math.log2(value));
}
