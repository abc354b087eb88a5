"Package definition; every value comes from settings.ini"
from configparser import ConfigParser
from pathlib import Path

from setuptools import find_packages, setup

config = ConfigParser(delimiters=['='])
config.read('settings.ini', encoding='utf-8')
cfg = config['DEFAULT']

setup(
    name=cfg['lib_name'], version=cfg['version'], description=cfg['description'], license='Apache-2.0',
    author=cfg['author'], keywords=cfg['keywords'].split(),
    long_description=Path('README.md').read_text('utf-8'), long_description_content_type='text/markdown',
    packages=find_packages(include=['forge_nb', 'forge_nb.*']), package_data={'forge_nb': ['data/**']},
    python_requires='>=' + cfg['min_python'], install_requires=cfg['requirements'].split(),
    extras_require={name: cfg[f'{name}_requirements'].split() for name in ('dev', 'postgres', 'databricks', 'search', 'mlflow')},
    entry_points={'console_scripts': ['forge=forge_nb.__main__:start'], 'nbdev': ['forge_nb=forge_nb._modidx:d']},
    zip_safe=False,
)
