/** Families of models whose members differ in a number or letter after the name: `resnet_50`, `efficientnet-b7`. */
const FAMILIES =
  'resnet|resnext|wide_?resnet|preresnet|vgg|densenet|efficientnet(?:v2)?|mobilenet(?:v\\d)?|shufflenet|squeezenet|inception|regnet|convnext|' +
  'vit|deit|beit|swin|mit|segformer|pvt|clip|dino(?:v2)?|sam|mae|bert|roberta|deberta|albert|electra|gpt|llama|mistral|mixtral|qwen|gemma|phi|opt|' +
  'pythia|bloom|falcon|olmo|t5|bart|mamba|rwkv|whisper|wav2vec|unet|darknet|yolo(?:v\\d+)?|ssd|alexnet|lenet|cifar|mnist|imagenet';

/** Matches text that ends in the name of such a family and an optional separator. */
export const MODEL_FAMILY = new RegExp(`(?:^|[^\\p{L}\\p{N}])(?:${FAMILIES})[\\s_\\-]?$`, 'iu');

/** Words before a number that is a setting, a size, or a repetition, and not a step. */
const SETTINGS =
  'lr|learning_?rate|wd|weight_?decay|seed|seeds|bs|bsz|batch|batch_?size|dim|dims|width|depth|size|res|resolution|heads|hidden|hidden_?size|channels|ch|' +
  'n|k|d|h|w|p|dropout|drop|alpha|beta|gamma|lambda|temp|temperature|eps|momentum|rank|lora|run|trial|exp|experiment|fold|split|version|v|job|' +
  'task|config|cfg|try|repeat|fp|bf|int|bit|bits|nodes?|gpus|tokens|params|ctx|context|len|length|seq_?len|max_?len|crop|scale|groups?|kernel|stride';

/** Matches text that ends in such a word. */
export const SETTING = new RegExp(`(?:^|[^\\p{L}\\p{N}])(?:${SETTINGS})[\\s_\\-=]?$`, 'iu');

/** Returns whether a number after the text is neither a step nor a sample. */
export function isSetting(text: string): boolean {
  return SETTING.test(text) || MODEL_FAMILY.test(text);
}

/** Words for one of several inputs to the network at one step. */
const ITEMS =
  'prompts?|samples?|examples?|images?|imgs?|inputs?|docs?|documents?|sentences?|questions?|statements?|sequences?|seqs?|chunks?|parts?|items?|instances?|subjects?|patients?|clips?|frames?|videos?';

/** `prompt_3` at the end of a name. */
export const ITEM = new RegExp(`(?<![\\p{L}\\p{N}])(?:${ITEMS})[\\s_\\-=#]?(\\d{1,15})$`, 'iu');

/** `img_001` before a layer's name: `img_001_conv1`. */
export const LEADING_ITEM = new RegExp(`^(?:${ITEMS})[\\s_\\-=#]?(\\d{1,15})(?=[\\s_\\-.]\\S)`, 'iu');

/** Returns whether a number is a power of two, which sizes are more often than steps. */
export function isPowerOfTwo(value: number): boolean {
  return value >= 1 && Number.isInteger(Math.log2(value));
}
