"The looking glass on trainers as they are installed: no crash, no alarm on a good set-up, one line where nothing can be seen"
import pytest
import transformers
import trl
from datasets import Dataset
from peft import LoraConfig

from forge_nb.checkup import audit_trainer
from forge_nb.disk import package_data

NANO = package_data('nano')
ASKED = [dict(prompt=[dict(role='user', content=f'Where is owl {i}?')], completion=[dict(role='assistant', content=f'In beech {i}.')]) for i in range(8)]
PREFER = [dict(prompt=r['prompt'], chosen=r['completion'], rejected=[dict(role='assistant', content='Elsewhere, I think.')]) for r in ASKED]
RATED = [dict(r, label=i % 2 == 0) for i,r in enumerate(ASKED)]
LORA = dict(r=4, target_modules='all-linear')


def model(head='CausalLM', **kw): return getattr(transformers, f'AutoModelFor{head}').from_pretrained(NANO, **kw)

def made(kind, tmp_path):
    tok = transformers.AutoTokenizer.from_pretrained(NANO)
    kw = dict(output_dir=str(tmp_path), use_cpu=True, report_to='none', per_device_train_batch_size=2)
    more = dict(processing_class=tok)
    ready = lambda: Dataset.from_list([dict(tok(f'Owl {i} waits.' + tok.eos_token)) for i in range(8)])
    match kind:
        case 'sft, lora': return trl.SFTTrainer(model(), trl.SFTConfig(max_length=64, bf16=False, **kw), train_dataset=Dataset.from_list(ASKED), peft_config=LoraConfig(task_type='CAUSAL_LM', **LORA), **more)
        case 'kto, lora': return trl.KTOTrainer(model(), args=trl.KTOConfig(max_length=64, bf16=False, **kw), train_dataset=Dataset.from_list(RATED), peft_config=LoraConfig(task_type='CAUSAL_LM', **LORA), **more)
        case 'dpo': return trl.DPOTrainer(model(), model(), trl.DPOConfig(max_length=64, bf16=False, **kw), train_dataset=Dataset.from_list(PREFER), **more)
        case 'reward':
            judge = model('SequenceClassification', num_labels=1)
            judge.config.pad_token_id = tok.pad_token_id
            return trl.RewardTrainer(judge, trl.RewardConfig(max_length=64, bf16=False, **kw), train_dataset=Dataset.from_list(PREFER), **more)
        case 'grpo': return trl.GRPOTrainer(model(), lambda completions, **_: [0.]*len(completions), args=trl.GRPOConfig(num_generations=2, bf16=False, **kw), train_dataset=Dataset.from_list([dict(prompt=r['prompt']) for r in ASKED]), **more)
        case 'plain' | 'masked words':
            collate = transformers.DataCollatorForLanguageModeling(tok, mlm=False)
            if kind == 'masked words': collate.mlm = True   # what nano's tokenizer, which has no mask, would not let through
            if kind == 'masked words': collate.torch_mask_tokens = lambda ids, **_: (ids, ids)
            return transformers.Trainer(model(), transformers.TrainingArguments(**kw), train_dataset=ready(), data_collator=collate, **more)


@pytest.mark.parametrize('kind,codes', [('sft, lora', []), ('kto, lora', []), ('dpo', []), ('plain', []), ('reward', ['no-labels']), ('grpo', ['no-tokens']), ('masked words', ['masked-words'])])
def test_a_trainer_as_installed(kind, codes, tmp_path):
    found = audit_trainer(made(kind, tmp_path))
    assert [f.code for f in found.findings] == codes
    assert found.clean == (kind != 'masked words')
    assert found.to_dict()['trainer'] and repr(found)
